import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { Fault } from '../kernel/index.ts';
import { createPublicAddressCheck } from './public-address.ts';

/** The whole answer to a request of ours. */
export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface OutboundRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For everything: name, connection, answer. */
  readonly timeoutMs: number;
  /** An answer that is longer is an error. */
  readonly maxBytes: number;
}

/** Requests to addresses that sellers chose: they must not reach what only this machine reaches. */
export interface Outbound {
  /**
   * Checks an address as it is entered: https, a public host, no user name. What its name leads to
   * is checked at each request. Fault: `address_refused` (422).
   */
  check(address: string): URL;
  /**
   * Sends a request to a checked address. Redirects are not followed: they are answers, too.
   * Rejects with {@link OutboundFailed}; with the Fault `address_refused` when the name leads to an
   * address that is not public.
   */
  send(address: string, request: OutboundRequest): Promise<OutboundAnswer>;
  /** How a connection to a checked address looks its name up: refusing what is not public. */
  lookupFor(url: URL): LookupFunction;
  close(): Promise<void>;
}

/** No answer came, or none that could be taken. The message may be shown to the seller. */
export class OutboundFailed extends Error {
  override name = 'OutboundFailed';
}

export interface OutboundOptions {
  /**
   * Hosts that may be private and may speak no TLS: `host` for its usual port, or `host:port`. The
   * operator lists them.
   */
  readonly allowedHosts: readonly string[];
  /** How names are resolved; for tests. */
  readonly lookup?: LookupFunction;
}

/** Opens the way out for addresses that are not the operator's own. */
export function createOutbound({ allowedHosts, lookup }: OutboundOptions): Outbound {
  const isPublic = createPublicAddressCheck();
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const isAllowed = (url: URL) => allowed.has(url.host);
  const resolve = lookup ?? (systemLookup as LookupFunction);
  const free = new Agent({ connections: 8, connect: { lookup: resolve } });
  const guarded = new Agent({ connections: 8, connect: { lookup: guard(resolve, isPublic) } });
  const check = (address: string): URL => {
    if (!URL.canParse(address)) throw addressRefused('is not a web address');
    const url = new URL(address);
    if (!['https:', 'http:'].includes(url.protocol))
      throw addressRefused('does not begin https://');
    if (url.username !== '' || url.password !== '') throw addressRefused('has a user name in it');
    if (isAllowed(url)) return url;
    if (url.protocol !== 'https:') throw addressRefused('does not begin https://');
    // A name is looked up when a connection is made; a number never is.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublic(host)) throw notPublic();
    return url;
  };
  return {
    check,
    lookupFor: (url) => (isAllowed(url) ? resolve : guard(resolve, isPublic)),
    send: async (address, options) => {
      const url = check(address);
      return send(isAllowed(url) ? free : guarded, url, options);
    },
    close: async () => {
      await Promise.all([free.destroy(), guarded.destroy()]);
    },
  };
}

/** Looks names up and refuses those that lead anywhere but to the public internet. */
function guard(lookup: LookupFunction, isPublic: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      // One address in the answer that is not public makes all of them suspect.
      if (first === undefined || !addresses.every(({ address }) => isPublic(address))) {
        return callback(notPublic(), []);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

async function send(
  dispatcher: Dispatcher,
  url: URL,
  { method = 'GET', headers = {}, body, timeoutMs, maxBytes }: OutboundRequest,
): Promise<OutboundAnswer> {
  try {
    const answer = await request(url, {
      dispatcher,
      method,
      headers: { ...headers },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body }),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      size += chunk.length;
      if (size > maxBytes) throw new OutboundFailed(`The answer is longer than ${maxBytes} bytes.`);
      chunks.push(chunk);
    }
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
  } catch (error) {
    throw failureOf(error, timeoutMs);
  }
}

function failureOf(error: unknown, timeoutMs: number): Error {
  if (error instanceof Fault || error instanceof OutboundFailed) return error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') {
    return new OutboundFailed(`There was no answer within ${timeoutMs} ms.`, { cause: error });
  }
  return new OutboundFailed(`There was no answer: ${code ?? message}.`, { cause: error });
}

function notPublic(): Fault {
  return addressRefused('does not lead to the public internet');
}

function addressRefused(problem: string): Fault {
  return new Fault({
    code: 'address_refused',
    status: 422,
    message:
      `This address ${problem}. Give a public https address; the operator may allow others with ` +
      'FAREBOX_ALLOWED_HOSTS.',
  });
}
