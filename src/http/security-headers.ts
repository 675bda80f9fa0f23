/**
 * Headers that every answer of this process carries. They fit an API: nothing of an answer may be
 * framed, sniffed, or kept by a cache in between. A page that needs more sets its own policy.
 */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cache-control', 'no-store'],
];
