import { Fault } from '../../kernel/index.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a signed-in browser send: a request that changes something and
 * comes with cookies must come from our own origin. Programs send their token in a header, which
 * no foreign site can. Fault: `foreign_origin` (403).
 */
export function refuseForeignOrigin(request: Request, publicUrl: string): void {
  const { headers } = request;
  if (SAFE.has(request.method) || headers.has('authorization') || headers.has('x-api-key')) return;
  const origin = headers.get('origin');
  // Only a browser sends cookies unasked, and every browser says where such a request comes from.
  if (origin === null && headers.get('sec-fetch-site') === null) return;
  const own = new URL(publicUrl).origin;
  const isOwn = origin !== null && (origin === own || hostOf(origin) === headers.get('host'));
  if (isOwn || headers.get('sec-fetch-site') === 'same-origin') return;
  throw new Fault({
    code: 'foreign_origin',
    status: 403,
    message: 'A browser may send this only from the pages of this instance itself.',
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
