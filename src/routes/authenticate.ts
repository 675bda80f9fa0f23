import type { Context } from 'hono';
import type { Authenticator, Caller } from '../auth/index.ts';
import type { ManagedEnv } from '../http/index.ts';

/** The caller of a managed route. Rejects with the authenticator's Faults (401, 403). */
export async function callerOf(auth: Authenticator, c: Context<ManagedEnv>): Promise<Caller> {
  return auth.authenticate({
    authorization: c.req.header('authorization'),
    'x-api-key': c.req.header('x-api-key'),
  });
}
