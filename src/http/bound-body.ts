import type { MiddlewareHandler } from 'hono';
import { transportFault } from './faults.ts';

/**
 * Refuses a body of more than `maxBytes`: at once when content-length says so, else while it
 * arrives. Fault: 413 `request_too_large`. One that says no length is kept where `c.req` looks for
 * it; a request cannot be made anew around it, because the server's is none that `Request` takes.
 */
export function boundBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    const { headers, body } = c.req.raw;
    const length = headers.get('content-length');
    if (length !== null && !headers.has('transfer-encoding')) {
      if (Number(length) > maxBytes) throw transportFault('request_too_large');
    } else if (body !== null) {
      const arrayBuffer = Promise.resolve(await readWhole(body, maxBytes));
      Object.assign(c.req.bodyCache, { arrayBuffer });
    }
    await next();
  };
}

async function readWhole(
  body: NonNullable<Request['body']>,
  maxBytes: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw transportFault('request_too_large');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer;
}
