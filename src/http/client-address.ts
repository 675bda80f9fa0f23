import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The address that a request comes from: the connection's own, or, behind that many proxies of the
 * operator's, what the outermost of them wrote down (the last entries of `x-forwarded-for` are the
 * proxies' own; anything before them is the caller's claim and is not believed). Undefined when the
 * connection is gone.
 */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  trustedProxies: number,
): string | undefined {
  const own = plainAddress(request.socket.remoteAddress ?? '');
  if (trustedProxies === 0) return own;
  const forwarded = [request.headers['x-forwarded-for'] ?? []]
    .flat()
    .flatMap((text) => text.split(','));
  // Fewer entries than proxies: the request came around them.
  const entry = forwarded.at(-trustedProxies);
  return entry === undefined ? own : (plainAddress(entry.trim()) ?? own);
}

/** An IPv4 address has one form, whatever kind of socket it came in by. */
function plainAddress(text: string): string | undefined {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}
