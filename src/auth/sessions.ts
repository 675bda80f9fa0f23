import type { Db, Queryable } from '../db/index.ts';
import { type Clock, delay, type Log, type Random, type SecretBox } from '../kernel/index.ts';
import type { Mailer } from '../notices/index.ts';
import { AUTH_PATH, createBetterAuth, type SignInProviders } from './better-auth.ts';
import { createSessionMails } from './session-mails.ts';
import { readToken, SESSION_COOKIE, signToken } from './session-token.ts';
import { createUser, type NewUser, randomText, type User } from './users.ts';

/** Who has signed in. */
export interface SessionUser {
  readonly id: string;
  readonly mail: string;
  readonly name: string;
  /** They have shown that the address is theirs: until then they may do nothing in its name. */
  readonly isVerified: boolean;
  readonly sessionId: string;
}

/** A session that has just begun: what a browser or a program carries from now on. */
export interface StartedSession {
  /** For `Authorization: Bearer`. */
  readonly token: string;
  /** For a request's `Cookie`: `name=value`. */
  readonly cookie: string;
  /** For an answer's `Set-Cookie`. */
  readonly setCookie: string;
}

/** People's sign-up, sign-in and sessions. */
export interface Sessions {
  /**
   * Answers a request under `/auth`. Whose address it comes from stands in its header
   * {@link CLIENT_ADDRESS_HEADER}, which the caller sets, and takes away when it came from outside.
   */
  handle(request: Request): Promise<Response>;
  /** Who is signed in, by a cookie of ours or a bearer; undefined when nobody is. */
  find(headers: Headers): Promise<SessionUser | undefined>;
  /** Adds a user. Faults: `user_exists` (409), `invalid_mail` and `invalid_password` (422). */
  createUser(user: NewUser, tx?: Queryable): Promise<User>;
  /** Begins a session of a user, which lasts for seven days. */
  createSession(userId: string, tx?: Queryable): Promise<StartedSession>;
  close(): Promise<void>;
}

/** What sessions are made of. */
export interface SessionParts {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  /** Where people reach this instance, without a slash at its end; asked at the first request. */
  publicUrl(): string;
  readonly mailer: Pick<Mailer, 'send'>;
  readonly providers?: SignInProviders | undefined;
}

/** How long a session lives. */
export const SESSION_SECONDS = 7 * 24 * 3_600;

/**
 * The answers that must not tell whether an address is known take at least this long: more than the
 * work for a known one needs.
 */
const EVEN_MS = 500;
const EVEN_PATHS = new Set(['/sign-up/email', '/request-password-reset'].map((p) => AUTH_PATH + p));

const FIND = `
  select u.id, u.email as mail, u.name, u."emailVerified" as "isVerified", s.id as "sessionId"
  from auth.session s join auth."user" u on u.id = s."userId"
  where s.token = $1 and s."expiresAt" > now()`;

const START = `
  insert into auth.session (id, token, "userId", "expiresAt")
  values ($1, $2, $3, now() + make_interval(secs => $4))`;

/** Opens the sessions of an instance. Nothing is asked of the database before the first request. */
export function createSessions(parts: SessionParts): Sessions {
  const { db, random, clock } = parts;
  const secret = sessionSecret(parts.secrets);
  const mails = createSessionMails(parts);
  let handler: ((request: Request) => Promise<Response>) | undefined;
  return {
    handle: async (request) => {
      handler ??= createBetterAuth({ ...parts, secret, mails, sessionSeconds: SESSION_SECONDS });
      if (!EVEN_PATHS.has(new URL(request.url).pathname)) return handler(request);
      const [answer] = await Promise.all([handler(request), delay(clock, EVEN_MS)]);
      return answer;
    },
    find: async (headers) => {
      const token = readToken(headers, secret);
      if (token === undefined) return undefined;
      const [user] = await db.query<SessionUser>(FIND, [token]);
      return user;
    },
    createUser: (user, tx) =>
      tx === undefined
        ? db.transaction((own) => createUser(own, random, user))
        : createUser(tx, random, user),
    createSession: async (userId, tx) => {
      const token = randomText(random);
      await (tx ?? db).query(START, [randomText(random), token, userId, SESSION_SECONDS]);
      return startedSession(signToken(token, secret), parts.publicUrl());
    },
    close: async () => undefined,
  };
}

function startedSession(token: string, publicUrl: string): StartedSession {
  const isSecure = publicUrl.startsWith('https:');
  const name = isSecure ? `__Secure-${SESSION_COOKIE}` : SESSION_COOKIE;
  const cookie = `${name}=${encodeURIComponent(token)}`;
  const attributes = `Max-Age=${SESSION_SECONDS}; Path=/; HttpOnly; SameSite=Lax`;
  return { token, cookie, setCookie: `${cookie}; ${attributes}${isSecure ? '; Secure' : ''}` };
}

/** What tokens and links are signed with: the instance's own key, derived for this purpose. */
function sessionSecret(secrets: SecretBox): string {
  const mac = secrets.macKey('sessions of people')();
  mac.update('better-auth');
  return mac.digest().toString('base64url');
}
