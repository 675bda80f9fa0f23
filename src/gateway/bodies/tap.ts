import type { ServerResponse } from 'node:http';

/** What an answer sends, as far as it is remembered. */
export interface Tap {
  /** All bytes that were sent. */
  readonly bytes: number;
  /** How many of them are remembered. */
  readonly keptBytes: number;
  /** The first of them. */
  read(): Buffer;
}

/** Remembers the first `most` bytes that an answer sends from here on, in whatever way it does. */
export function tapResponse(response: ServerResponse, most: number): Tap {
  const parts: Buffer[] = [];
  let kept = 0;
  let bytes = 0;
  const see = (chunk: unknown) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const all = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += all.length;
    if (kept === most) return;
    // A copy: what was sent may be a piece of something much larger.
    const part = Buffer.from(all.subarray(0, most - kept));
    parts.push(part);
    kept += part.length;
  };
  const { write, end } = response;
  response.write = ((...args: Parameters<typeof write>) => {
    see(args[0]);
    return write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    see(args[0]);
    return end.apply(response, args);
  }) as typeof end;
  return {
    get bytes() {
      return bytes;
    },
    get keptBytes() {
      return kept;
    },
    read: () => Buffer.concat(parts),
  };
}
