import type { Context } from 'hono';
import { AUTH_PATH, CLIENT_ADDRESS_HEADER, type Sessions } from '../../auth/index.ts';
import { clientAddress, type ManagedApp, type ManagedEnv } from '../../http/index.ts';
import { refusalOf } from './refusal.ts';

export interface AuthRouteParts {
  readonly sessions: Pick<Sessions, 'handle'>;
  /** Where people reach this instance, without a slash at its end. */
  publicUrl(): string;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
}

/** Mounts sign-up, sign-in and sessions: everything under `/auth` is better-auth's. */
export function mountAuth(app: ManagedApp, parts: AuthRouteParts): void {
  app.all(`${AUTH_PATH}/*`, async (c) => {
    const answer = await parts.sessions.handle(await requestOf(c, parts));
    if (answer.status >= 400) throw await refusalOf(answer);
    return answer;
  });
}

/** The request as it is meant for our own origin, with the one address that is to be believed. */
async function requestOf(c: Context<ManagedEnv>, parts: AuthRouteParts): Promise<Request> {
  const { method, path } = c.req;
  const headers = new Headers(c.req.raw.headers);
  headers.delete(CLIENT_ADDRESS_HEADER);
  const { incoming } = c.env ?? {};
  const address = incoming && clientAddress(incoming, parts.trustedProxies);
  if (address !== undefined) headers.set(CLIENT_ADDRESS_HEADER, address);
  const url = new URL(path + new URL(c.req.url).search, parts.publicUrl());
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(url, { method, headers, body: hasBody ? await c.req.arrayBuffer() : null });
}
