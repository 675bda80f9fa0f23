import type { Context } from 'hono';
import type { Authenticator, Caller } from '../auth/index.ts';
import { clientAddress, type ManagedEnv, type SharingOrigins, shareAnswer } from '../http/index.ts';

/** What recognises callers of managed routes. */
export interface CallerParts {
  readonly auth: Pick<Authenticator, 'authenticate'>;
  /** From which pages of the web platforms may be called. */
  readonly origins: SharingOrigins;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
}

/**
 * The caller of a managed route, whatever scopes its key has. Rejects with the authenticator's
 * Faults (401, 403).
 */
export async function callerOf(parts: CallerParts, c: Context<ManagedEnv>): Promise<Caller> {
  const headers = {
    authorization: c.req.header('authorization'),
    'x-api-key': c.req.header('x-api-key'),
  };
  const caller = await parts.auth.authenticate(headers, () => addressOf(c, parts.trustedProxies));
  shareWithPage(c, parts.origins, caller.platformId);
  return caller;
}

/** The address that a request came from; undefined when it did not come by the server. */
export function addressOf(c: Context<ManagedEnv>, trustedProxies: number): string | undefined {
  const incoming = c.env?.incoming;
  return incoming && clientAddress(incoming, trustedProxies);
}

/** Lets the page that asks, if one does, read the answer where its platform lists it. */
export function shareWithPage(
  c: Context<ManagedEnv>,
  origins: SharingOrigins,
  platformId: bigint,
): void {
  const origin = c.req.header('origin');
  if (origin !== undefined) shareAnswer(origins, platformId, origin, c.env?.outgoing);
}
