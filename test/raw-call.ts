import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** An answer as it came over the wire, trailers included, without any client library's opinion. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent: read after the body has ended. */
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
}

export interface RawCallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** A call whose answer is still coming. */
export interface RunningCall {
  /** What came so far. */
  received(): string;
  /** The answer's headers, as soon as they are there. */
  readonly opened: Promise<IncomingMessage>;
  /** Rejects when the connection ends before the answer does. */
  readonly answer: Promise<RawAnswer>;
  /** Leaves: closes the connection. */
  leave(): void;
}

/** Sends one request on a connection of its own; POST /v1/chat/completions unless told. */
export function startCall(url: string, options: RawCallOptions = {}): RunningCall {
  const { body, key } = options;
  const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const outgoing = request(new URL(options.path ?? '/v1/chat/completions', url), {
    method: options.method ?? 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...options.headers,
    },
  });
  const chunks: Buffer[] = [];
  const opened = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  const answer = opened.then((response) => readAnswer(response, chunks));
  answer.catch(() => {});
  outgoing.end(sent ? body : JSON.stringify(body));
  return {
    received: () => Buffer.concat(chunks).toString(),
    opened,
    answer,
    leave: () => outgoing.destroy(),
  };
}

/** {@link startCall} to its end. */
export function rawCall(url: string, options: RawCallOptions = {}): Promise<RawAnswer> {
  return startCall(url, options).answer;
}

function readAnswer(response: IncomingMessage, chunks: Buffer[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        trailers: response.trailers,
        body: Buffer.concat(chunks),
      }),
    );
  });
}

/** An answer's body as JSON. */
export function jsonOf(answer: RawAnswer): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

/** The error object of an answer in OpenAI's shape. */
export function errorOf(answer: RawAnswer): Record<string, unknown> {
  return jsonOf(answer).error as Record<string, unknown>;
}

/** The data of each event of a stream, `[DONE]` among them. Lines end in LF here. */
export function dataOf(body: Buffer | string): string[] {
  return [...body.toString().matchAll(/^data: ?(.*)$/gm)].map(([, data]) => data ?? '');
}
