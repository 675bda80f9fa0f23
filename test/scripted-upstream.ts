import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a scripted upstream got it. */
export interface UpstreamSeen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An upstream that does exactly what a test says, for what the demo provider does not do. */
export interface ScriptedUpstream {
  /** Its base URL. */
  readonly url: string;
  /** Every request so far. */
  readonly seen: UpstreamSeen[];
  /** What becomes of the requests from now on. */
  script: (response: ServerResponse, seen: UpstreamSeen) => void | Promise<void>;
  close(): Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const seen: UpstreamSeen[] = [];
  const upstream = {
    url: '',
    seen,
    script: (response: ServerResponse): void | Promise<void> => {
      response.writeHead(500).end();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  } as { -readonly [K in keyof ScriptedUpstream]: ScriptedUpstream[K] };
  const server = createServer((request, response) => {
    response.on('error', () => {});
    void readAll(request).then((body) => {
      const one = { headers: request.headers, body };
      seen.push(one);
      return upstream.script(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return upstream;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers with a stream of exactly these bytes, one write for each, each arriving by itself. */
export function streaming(...writes: (string | Buffer)[]) {
  return async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket?.setNoDelay(true);
    for (const bytes of writes) {
      await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    response.end();
  };
}

/** Answers with one JSON body of exactly these bytes. */
export function answering(body: string, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

/** One chunk of a stream as an event: content, the finish reason, or usage without choices. */
export function chunkEvent(part: {
  content?: string;
  finish?: string;
  usage?: object;
  index?: number;
}): string {
  const { content, finish, usage, index = 0 } = part;
  const choice = {
    index,
    delta: content === undefined ? {} : { content },
    finish_reason: finish ?? null,
  };
  const isUsageOnly = usage !== undefined && content === undefined && finish === undefined;
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: isUsageOnly ? [] : [choice],
    ...(usage === undefined ? {} : { usage }),
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export const DONE_EVENT = 'data: [DONE]\n\n';

/** A usage object of OpenAI's shape. */
export function usageOf(prompt: number, completion: number): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}
