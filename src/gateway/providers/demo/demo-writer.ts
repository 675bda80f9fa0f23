import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DemoDirectives } from './demo-request.ts';

/** Chunks are put together up to this size before they are written. */
const BATCH_CHARACTERS = 16 * 1024;
const CHUNKS_BETWEEN_COMMENTS = 10;

/** There is nothing left to write: the other side is gone, or a fault that was asked for came. */
export class StreamOver extends Error {
  override name = 'StreamOver';
  readonly wasAskedFor: boolean;

  constructor(wasAskedFor: boolean) {
    super(wasAskedFor ? 'ended as asked for' : 'the other side is gone');
    this.wasAskedFor = wasAskedFor;
  }
}

/**
 * Writes server-sent events to an answer, with the faults that were asked for. Any method throws
 * {@link StreamOver} once the answer is gone.
 */
export class DemoWriter {
  readonly #response: ServerResponse;
  readonly #directives: DemoDirectives;
  readonly #lineEnd: string;
  #pending = '';
  #sent = 0;

  constructor(response: ServerResponse, directives: DemoDirectives) {
    this.#response = response;
    this.#directives = directives;
    this.#lineEnd = directives.crlf ? '\r\n' : '\n';
  }

  /** Waits; ends early, with {@link StreamOver}, when the answer is gone. */
  async wait(delayMs: number | undefined): Promise<void> {
    await this.flush();
    if (delayMs !== undefined && delayMs > 0) {
      await pauseOrClose(this.#response, delayMs);
    }
    this.#assertOpen();
  }

  /** Writes one event for each of the texts. */
  async send(chunks: Iterable<string>): Promise<void> {
    const { chunk_delay_ms: delayMs, comments, cut_after_chunks: cutAfter } = this.#directives;
    const errorAfter = this.#directives.error_after_chunks;
    for (const chunk of chunks) {
      if (this.#sent === cutAfter) await this.#cut();
      if (this.#sent === errorAfter) await this.#sendError();
      if (comments && this.#sent % CHUNKS_BETWEEN_COMMENTS === 0) {
        this.#pending += `: ping${this.#lineEnd}${this.#lineEnd}`;
      }
      this.#pending += `data: ${chunk}${this.#lineEnd}${this.#lineEnd}`;
      this.#sent += 1;
      if (delayMs !== undefined) await this.wait(delayMs);
      else if (this.#pending.length >= BATCH_CHARACTERS) await this.flush();
    }
  }

  /** Writes what is waiting, no faster than the other side reads. */
  async flush(): Promise<void> {
    this.#assertOpen();
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    if (this.#directives.split_utf8) await this.#writeSplit(bytes);
    else await this.#write(bytes);
  }

  async end(): Promise<void> {
    // Faults that were to come after more chunks than there are come at the end.
    if ((this.#directives.cut_after_chunks ?? -1) >= this.#sent) await this.#cut();
    if ((this.#directives.error_after_chunks ?? -1) >= this.#sent) await this.#sendError();
    if (!this.#directives.no_done) this.#pending += `data: [DONE]${this.#lineEnd}${this.#lineEnd}`;
    if (this.#directives.split_utf8) await this.flush();
    this.#assertOpen();
    // The last bytes and the end of the answer leave in one packet.
    this.#response.end(this.#pending);
    this.#pending = '';
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#assertOpen();
    if (this.#response.write(bytes)) return;
    await drainOrClose(this.#response);
    this.#assertOpen();
  }

  /** Cuts after the first byte of every character of several bytes, a write for each piece. */
  async #writeSplit(bytes: Buffer): Promise<void> {
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      if ((bytes[at] ?? 0) < 0xc0) continue;
      await this.#write(bytes.subarray(start, at + 1));
      await nextTurn();
      start = at + 1;
    }
    await this.#write(bytes.subarray(start));
  }

  async #cut(): Promise<never> {
    await this.flush();
    await cutConnection(this.#response);
    throw new StreamOver(true);
  }

  async #sendError(): Promise<never> {
    const error = { message: 'The demo provider failed on request.', type: 'server_error' };
    const body = JSON.stringify({ error: { ...error, param: null, code: 'demo_error' } });
    this.#pending += `data: ${body}${this.#lineEnd}${this.#lineEnd}`;
    await this.flush();
    this.#response.end();
    throw new StreamOver(true);
  }

  #assertOpen(): void {
    if (this.#response.destroyed) throw new StreamOver(false);
  }
}

/** Ends the connection in the middle of an answer, after all that was written has left. */
export async function cutConnection(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => response.write('', () => resolve()));
  const { socket } = response;
  if (socket === null) return;
  await new Promise<void>((resolve) => socket.end(() => resolve()));
  socket.destroy();
}

/** Resolves when the answer is over or its reader has gone. */
export function untilClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once('close', resolve);
  });
}

function pauseOrClose(response: ServerResponse, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      response.off('close', finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    response.once('close', finish);
  });
}

function drainOrClose(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      response.off('close', finish);
      response.off('drain', finish);
      resolve();
    };
    response.once('drain', finish);
    response.once('close', finish);
  });
}
