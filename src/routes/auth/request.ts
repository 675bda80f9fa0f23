import type { Context } from 'hono';
import { CLIENT_ADDRESS_HEADER, type Sessions } from '../../auth/index.ts';
import { clientAddress, type ManagedEnv } from '../../http/index.ts';

export interface AuthRouteParts {
  readonly sessions: Pick<Sessions, 'handle'>;
  /** Where people reach this instance, without a slash at its end. */
  publicUrl(): string;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
}

/**
 * A request for better-auth, at our own origin whatever the Host header says, with the one address
 * of its caller that is to be believed.
 */
export function requestOf(
  c: Context<ManagedEnv>,
  { publicUrl, trustedProxies }: AuthRouteParts,
  { path, body }: { readonly path: string; readonly body: string | ArrayBuffer | null },
): Request {
  const headers = new Headers(c.req.raw.headers);
  headers.delete(CLIENT_ADDRESS_HEADER);
  headers.delete('content-length');
  const { incoming } = c.env ?? {};
  const address = incoming && clientAddress(incoming, trustedProxies);
  if (address !== undefined) headers.set(CLIENT_ADDRESS_HEADER, address);
  return new Request(new URL(path, publicUrl()), { method: c.req.method, headers, body });
}
