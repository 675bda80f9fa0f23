import { Answer, type ApiRequest, type Send, type WithResponse } from './answer.ts';
import { ConnectionError, errorOf, TimeoutError } from './errors.ts';
import { backoff, wait, waitAfter } from './retries.ts';

/** What all requests of a client have in common. */
export interface TransportSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly version: string;
  readonly fetch: typeof fetch;
  readonly token: (() => string | Promise<string>) | undefined;
  readonly platform: string | undefined;
  readonly account: string | undefined;
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

/** Sends requests, each as often as it makes sense. */
export function createTransport(settings: TransportSettings): Send {
  return <T>(request: ApiRequest) => Answer.of<T>(exchange<T>(settings, request));
}

async function exchange<T>(
  settings: TransportSettings,
  request: ApiRequest,
): Promise<WithResponse<T>> {
  const { signal, maxRetries = settings.maxRetries } = request.options;
  const url = settings.baseUrl + request.path + queryOf(request.query);
  // Made once, so that a repeat carries the same Idempotency-Key.
  const init = await initOf(settings, request);
  for (let tries = 0; ; tries += 1) {
    const isLast = tries >= maxRetries;
    let waitMs: number | undefined;
    try {
      const response = await attempt(settings, url, init, request);
      if (response.ok) return await read<T>(response, request);
      waitMs = isLast ? undefined : waitAfter(response, tries, Date.now());
      if (waitMs === undefined) throw await errorOf(response);
      await response.body?.cancel();
    } catch (error) {
      if (isLast || !(error instanceof ConnectionError)) throw error;
      waitMs = backoff(tries);
    }
    await wait(waitMs, signal);
  }
}

/** One try. Rejects with a ConnectionError, or with the reason of the caller's signal. */
async function attempt(
  { fetch, timeoutMs: usualMs }: TransportSettings,
  url: string,
  init: RequestInit,
  { options }: ApiRequest,
): Promise<Response> {
  const { signal, timeoutMs = usualMs } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const giveUp = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    return await whole(response);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (isLate) throw new TimeoutError(`No answer within ${timeoutMs} ms.`, { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(`The server cannot be reached: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** A document is read within the time of its request; bytes may take longer than that. */
async function whole(response: Response): Promise<Response> {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return response;
  const { status, statusText, headers } = response;
  return new Response(await response.arrayBuffer(), { status, statusText, headers });
}

async function read<T>(response: Response, { raw }: ApiRequest): Promise<WithResponse<T>> {
  const requestId = response.headers.get('x-request-id');
  if (raw === true) return { data: response as T, response, requestId };
  const text = await response.clone().text();
  return { data: (text === '' ? undefined : JSON.parse(text)) as T, response, requestId };
}

async function initOf(settings: TransportSettings, request: ApiRequest): Promise<RequestInit> {
  const { method, body, mediaType = 'application/json', options } = request;
  const token = await settings.token?.();
  const headers = new Headers({ 'farebox-version': settings.version, accept: 'application/json' });
  const given = {
    authorization: token === undefined ? undefined : `Bearer ${token}`,
    'farebox-platform': options.platform ?? settings.platform,
    'farebox-account': options.account ?? settings.account,
    'content-type': body === undefined ? undefined : mediaType,
    'idempotency-key': method === 'POST' ? (options.idempotencyKey ?? newKey()) : undefined,
    ...options.headers,
  };
  if (request.raw === true) headers.set('accept', '*/*');
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.set(name, value);
  }
  if (body === undefined) return { method, headers };
  const isJson = mediaType === 'application/json';
  return { method, headers, body: isJson ? JSON.stringify(body) : (body as string) };
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `sdk-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function queryOf(query: object | undefined): string {
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const pairs = entries.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
