import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../../kernel/index.ts';
import { createTokenizer } from '../../tokenizer.ts';
import { answerChat, type DemoChatParts } from './demo-chat.ts';
import { DemoJournal, type DemoSeenRequest, type DemoStats } from './demo-journal.ts';
import { OpenAiRefusal } from './demo-refusal.ts';
import { StreamOver } from './demo-writer.ts';

export interface DemoProvider {
  /** The base URL to call, `http://127.0.0.1:4010/v1`. */
  readonly url: string;
  stats(): DemoStats;
  /** The last requests as they arrived, oldest first; 64 and 64 MB at most. */
  lastRequests(): readonly DemoSeenRequest[];
  /** Ends all answers under way and stops listening. */
  close(): Promise<void>;
}

export interface DemoProviderOptions {
  readonly clock: Clock;
  /** 127.0.0.1 unless told. */
  readonly host?: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** When given, only this bearer token is taken; otherwise none is asked for. */
  readonly credential?: string;
}

/** The models that are listed; a request may name any other. */
export const DEMO_MODELS = ['demo-small', 'demo-medium', 'demo-large', 'demo-reasoning'] as const;

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MODELS_CREATED_SECONDS = 1_750_000_000;

/**
 * Starts an OpenAI-compatible provider that invents its answers: `GET /v1/models` and
 * `POST /v1/chat/completions`, streamed and not, with exact token counts and faults on demand
 * through the member `demo` of a request. Rejects when the port is taken.
 */
export async function startDemoProvider(options: DemoProviderOptions): Promise<DemoProvider> {
  const { clock, credential, host = '127.0.0.1', port = 0 } = options;
  const journal = new DemoJournal();
  const tokenizer = createTokenizer();
  let lastNumber = 0;
  const nextNumber = () => {
    lastNumber += 1;
    return lastNumber;
  };
  const startedMs = clock.nowMs();
  const parts: DemoChatParts = {
    tokenizer,
    envelopeFor: (model) => ({
      id: `chatcmpl-demo${startedMs.toString(36)}${nextNumber().toString(36).padStart(6, '0')}`,
      createdSeconds: Math.floor(clock.nowMs() / 1000),
      model,
    }),
  };
  const server = createServer((request, response) => {
    response.setHeader('x-request-id', `demo-${nextNumber()}`);
    void serve({ parts, journal, credential }, request, response);
  });
  const url = await listen(server, host, port);
  return {
    url,
    stats: () => journal.stats(),
    lastRequests: () => journal.lastRequests(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, tokenizer.close()]);
    },
  };
}

interface Serving {
  readonly parts: DemoChatParts;
  readonly journal: DemoJournal;
  readonly credential: string | undefined;
}

async function serve(
  { parts, journal, credential }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let isChat = false;
  // A reader that goes away in the middle of a write is told by 'close'.
  response.on('error', () => {});
  journal.active += 1;
  try {
    const body = await readBody(request);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const method = request.method ?? 'GET';
    journal.add({ method, path, headers: request.headers, body });
    checkCredential(request, credential);
    if (path === '/v1/models') {
      assertMethod(method, 'GET');
      respond(response, 200, JSON.stringify(listModels()));
    } else if (path === '/v1/chat/completions') {
      assertMethod(method, 'POST');
      isChat = true;
      if (await answerChat(parts, body, response)) journal.completed += 1;
    } else {
      throw new OpenAiRefusal({ status: 404, message: `There is nothing at ${path}.` });
    }
  } catch (error) {
    if (response.destroyed) journal.abortedByClient += isChat ? 1 : 0;
    else refuse(response, error);
  } finally {
    journal.active -= 1;
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof StreamOver || response.headersSent) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof OpenAiRefusal
      ? error
      : new OpenAiRefusal({ status: 500, message: 'The demo provider failed by itself.' });
  if (refusal.retryAfterSeconds !== undefined) {
    response.setHeader('retry-after', String(refusal.retryAfterSeconds));
  }
  respond(response, refusal.status, refusal.body());
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('error', reject);
    request.on('end', () => {
      if (bytes <= MAX_BODY_BYTES) resolve(Buffer.concat(chunks));
      else reject(new OpenAiRefusal({ status: 413, message: 'The request is above 64 MB.' }));
    });
  });
}

function checkCredential(request: IncomingMessage, credential: string | undefined): void {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (credential === undefined || token === credential) return;
  const message = 'Send the key of the demo provider as a bearer token.';
  throw new OpenAiRefusal({ status: 401, message, code: 'invalid_api_key' });
}

function assertMethod(method: string, allowed: string): void {
  if (method === allowed) return;
  throw new OpenAiRefusal({ status: 405, message: `Use ${allowed} here.` });
}

const listModels = () => ({
  object: 'list',
  data: DEMO_MODELS.map((id) => ({
    id,
    object: 'model',
    created: MODELS_CREATED_SECONDS,
    owned_by: 'demo',
  })),
});

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // For this process alone, also where several share the port that they serve.
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}/v1`;
}
