import type { Db, Queryable } from '../db/index.ts';
import {
  assert,
  type Clock,
  delay,
  type Log,
  type Random,
  type SecretBox,
} from '../kernel/index.ts';
import type { Mailer } from '../notices/index.ts';
import { AUTH_PATH } from './auth-address.ts';
import type { SignInProviders } from './better-auth.ts';
import type { ApiDescription } from './describe-sign-in.ts';
import { createSessionMails } from './session-mails.ts';
import { readToken, SESSION_COOKIE, signToken } from './session-token.ts';
import { createSignIn } from './sign-in.ts';
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
  readonly expiresAt: Date;
}

/** People's sign-up, sign-in and sessions. */
export interface Sessions {
  /**
   * Loads what {@link Sessions.handle} works with, which takes half a second: a server does that
   * before it listens, and a command that needs none of it does not.
   */
  prepare(): Promise<void>;
  /**
   * Answers a request under `/auth`. Whose address it comes from stands in its header
   * {@link CLIENT_ADDRESS_HEADER}, which the caller sets, and takes away when it came from outside.
   */
  handle(request: Request): Promise<Response>;
  /** What those routes take and answer, as a part of an OpenAPI document. */
  describe(): Promise<ApiDescription>;
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
  values ($1, $2, $3, now() + make_interval(secs => $4)) returning "expiresAt"`;

/** Opens the sessions of an instance. Nothing is asked of the database before the first request. */
export function createSessions(parts: SessionParts): Sessions {
  const { db, random, clock } = parts;
  const secret = sessionSecret(parts.secrets);
  const mails = createSessionMails(parts);
  const signIn = createSignIn({ ...parts, secret, mails, sessionSeconds: SESSION_SECONDS });
  return {
    prepare: signIn.prepare,
    describe: signIn.describe,
    handle: async (request) => {
      if (!EVEN_PATHS.has(new URL(request.url).pathname)) return signIn.handle(request);
      const [evenly] = await Promise.all([signIn.handle(request), delay(clock, EVEN_MS)]);
      return evenly;
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
      const values = [randomText(random), token, userId, SESSION_SECONDS];
      const [row] = await (tx ?? db).query<{ expiresAt: Date }>(START, values);
      assert(row !== undefined, 'a row that was inserted is returned');
      const carried = carriedToken(signToken(token, secret), parts.publicUrl());
      return { ...carried, expiresAt: row.expiresAt };
    },
    close: async () => undefined,
  };
}

function carriedToken(token: string, publicUrl: string): Omit<StartedSession, 'expiresAt'> {
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
