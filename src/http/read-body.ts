import type { IncomingMessage } from 'node:http';
import { overloaded } from '../kernel/index.ts';
import type { BodyBudget } from './body-budget.ts';
import { ClientGone, transportFault } from './faults.ts';

/** What is still read and thrown away after a refusal, so that the client gets to see it. */
const DISCARD_LIMIT_BYTES = 64 * 1024 * 1024;

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** What all bodies are counted against; whoever made it gives back what the request took. */
  readonly budget?: BodyBudget;
}

/**
 * Reads a whole request body of at most `maxBytes`, which must arrive within `timeoutMs`.
 * Rejects with a Fault: 413 `request_too_large` (at once when content-length says so), 503
 * `overloaded` when the budget is used up, 415 `unsupported_content_encoding`, 408
 * `request_timeout`; with {@link ClientGone} when the client went away first. After a
 * refusal the rest is discarded unread, within a bound.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    discard(request);
    return Promise.reject(transportFault('unsupported_content_encoding'));
  }
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > limits.maxBytes) {
    discard(request);
    return Promise.reject(tooLarge(limits.maxBytes));
  }
  const isThere = announcedBytes > 0 && request.readableLength === announcedBytes;
  return isThere && !request.destroyed ? takeWhole(request, limits) : collect(request, limits);
}

/** A short body has come with the headers: there is nothing to wait for, and nothing to time. */
async function takeWhole(request: IncomingMessage, { budget }: BodyLimits): Promise<Buffer> {
  const body: Buffer = request.read();
  request.on('error', ignore).resume();
  if (budget?.take(request, body.length) === false) throw overloaded();
  return body;
}

function collect(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = () => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone);
    };
    const refuse = (error: Error) => {
      stop();
      discard(request);
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxBytes) refuse(tooLarge(limits.maxBytes));
      else if (limits.budget?.take(request, chunk.length) === false) refuse(overloaded());
      else chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    };
    const onGone = () => refuse(new ClientGone('the client closed before its body was complete'));
    const timer = setTimeout(() => refuse(transportFault('request_timeout')), limits.timeoutMs);
    if (request.destroyed && !request.readableEnded) onGone();
    else request.on('error', ignore).on('close', onGone).on('data', onData).on('end', onEnd);
  });
}

/**
 * Lets the rest of a refused body run out unread. Closing the connection instead would reset it
 * while the client is still sending, and the client would never see the answer.
 */
function discard(request: IncomingMessage): void {
  let discarded = 0;
  request.on('error', ignore);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARD_LIMIT_BYTES) request.destroy();
  });
}

/** A broken connection shows itself by 'close' as well; the event only must not go unheard. */
function ignore(): void {}

function tooLarge(maxBytes: number) {
  return transportFault(
    'request_too_large',
    `The request body is larger than the ${maxBytes} bytes that this server takes.`,
  );
}
