import { createHmac, timingSafeEqual } from 'node:crypto';

/** The cookie that carries a session; over https it has the prefix that browsers hold it to. */
export const SESSION_COOKIE = 'farebox.session_token';
/** What the documents of the editions call it; the value is the same. */
const ACCEPTED_COOKIE = 'next-auth.session-token';

const COOKIE_NAMES = [SESSION_COOKIE, ACCEPTED_COOKIE].flatMap((name) => [
  `__Secure-${name}`,
  name,
]);

/**
 * A session's token with its code, as a cookie or a bearer carries it: `<token>.<code>`. The code
 * (HMAC-SHA256) is made with the instance's key, so that what the database holds opens nothing by
 * itself. This is better-auth's own form.
 */
export function signToken(token: string, secret: string): string {
  return `${token}.${codeOf(token, secret)}`;
}

/**
 * The session token that a request carries: of its bearer when it has one, else of a cookie.
 * Undefined when there is none, or none that this instance has signed.
 */
export function readToken(headers: Headers, secret: string): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const [, bearer] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
    return bearer === undefined ? undefined : verifyToken(bearer, secret);
  }
  const cookies = headers.get('cookie');
  if (cookies === null) return undefined;
  for (const value of cookieValues(cookies)) {
    const token = verifyToken(value, secret);
    if (token !== undefined) return token;
  }
  return undefined;
}

function* cookieValues(cookies: string): Generator<string> {
  const pairs = cookies.split(';').map((pair) => pair.trim());
  for (const name of COOKIE_NAMES) {
    for (const pair of pairs) {
      if (pair.startsWith(`${name}=`)) yield pair.slice(name.length + 1);
    }
  }
}

function verifyToken(text: string, secret: string): string | undefined {
  const signed = decode(text);
  const end = signed.lastIndexOf('.');
  if (end < 1) return undefined;
  const token = signed.slice(0, end);
  const given = Buffer.from(signed.slice(end + 1));
  const expected = Buffer.from(codeOf(token, secret));
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

function codeOf(token: string, secret: string): string {
  return createHmac('sha256', secret).update(token).digest('base64');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
