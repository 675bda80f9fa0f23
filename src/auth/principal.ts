import type { Actor } from '../audit/index.ts';
import type { Db, Queryable } from '../db/index.ts';
import { Fault, formatRowId, type Ids, parseRowId } from '../kernel/index.ts';
import {
  acceptInvitations,
  findPlatformOfHost,
  listMemberships,
  type Membership,
  noteReading,
  parseKey,
  type Role,
  TOKEN_PREFIX,
  useAccessToken,
} from '../tenants/index.ts';
import type { Authenticator } from './authenticator.ts';
import type { Caller } from './caller.ts';
import { accountOfBearer, isJwt } from './end-user.ts';
import type { Issuers } from './issuers/issuers.ts';
import { requireScope } from './permissions.ts';
import { type KeyHeaders, readKey } from './read-key.ts';
import type { Sessions, SessionUser } from './sessions.ts';

/** Who asks for an act of management, for which platform, and what they may do there. */
export interface Principal {
  readonly actor: Actor;
  readonly platformId: bigint;
  readonly role: Role | 'customer';
  /** Of a customer: the account that it is confined to. */
  readonly accountId: bigint | undefined;
  readonly isOperator: boolean;
}

/** Which of their platforms and accounts somebody means: a slug or an id each. */
export interface Wanted {
  readonly platform?: string | undefined;
  readonly account?: string | undefined;
  /** The host name that was asked: where no platform is named, the one whose domain it is. */
  readonly host?: string | undefined;
}

interface Parts {
  readonly db: Db;
  readonly ids: Ids;
  readonly sessions: Pick<Sessions, 'find'>;
  /** Recognises keys, which may read for the account that they are of. */
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Believes the tokens of identity providers that are not ours. */
  readonly issuers: Issuers;
}

export interface Principals {
  /** The person who is signed in. Fault: `not_signed_in` (401). */
  requireUser(headers: Headers): Promise<SessionUser & { readonly isOperator: boolean }>;
  /**
   * Who asks, and for whom. Faults: `not_signed_in` (401), `mail_not_verified` (403),
   * `platform_required` (400), `platform_not_found` (404), which is also what somebody hears who
   * is not known there; for a key the authenticator's and `scope_missing` (403). `addressOf` tells
   * where the request comes from.
   */
  require(
    headers: Headers,
    wanted: Wanted,
    addressOf?: () => string | undefined,
  ): Promise<Principal>;
}

const KNOWN = `select exists (select from operator where user_id = $1) as "isOperator",
  exists (select from invitation where mail = $2) as "isInvited"`;

/**
 * Recognises access tokens (`fbt_...`), keys with the scope `read`, tokens of identity providers
 * that the platform believes, and sessions, by cookie or as a bearer's token.
 */
export function createPrincipals(parts: Parts): Principals {
  const { db, sessions, authenticator } = parts;
  const requireUser: Principals['requireUser'] = async (headers) => {
    const user = await sessions.find(headers);
    if (user === undefined) throw notSignedIn();
    if (!user.isVerified) throw mailNotVerified();
    const [known] = await db.query<{ isOperator: boolean; isInvited: boolean }>(KNOWN, [
      user.id,
      user.mail,
    ]);
    if (known?.isInvited) await acceptInvitations(db, user);
    return { ...user, isOperator: known?.isOperator === true };
  };
  return {
    requireUser,
    require: async (headers, { host, ...named }, addressOf) => {
      const platform = named.platform ?? (await findPlatformOfHost(db, host));
      const wanted = { ...named, platform };
      const sent = readSent(headers);
      if (sent?.text.startsWith(TOKEN_PREFIX)) return ofToken(db, sent.text, wanted);
      if (sent !== undefined && parseKey(sent.text) !== undefined) {
        return ofKey(db, await authenticator.authenticate(sent.headers, addressOf), wanted);
      }
      if (sent !== undefined && isJwt(sent.text)) return ofBearer(parts, sent.text, wanted);
      const user = await requireUser(headers);
      const actor = { kind: 'user', id: user.id, label: user.mail } as const;
      const membership = choose(await listMemberships(db, user.id), wanted);
      if (user.isOperator && wanted.account === undefined) {
        const platformId = membership?.platformId ?? (await findPlatformId(db, wanted.platform));
        return { actor, platformId, role: 'owner', accountId: undefined, isOperator: true };
      }
      if (membership === undefined) throw wanted.platform ? platformNotFound() : platformRequired();
      const { platformId, role, accountId } = membership;
      const { isOperator: operates } = user;
      return { actor, platformId, role, accountId: accountId ?? undefined, isOperator: operates };
    },
  };
}

/** What the request carries as a key would be, with the headers that it stands in. */
function readSent(headers: Headers): { text: string; headers: KeyHeaders } | undefined {
  const authorization = headers.get('authorization') ?? undefined;
  const key = headers.get('x-api-key') ?? undefined;
  if (authorization === undefined && key === undefined) return undefined;
  const sent = { authorization, 'x-api-key': key };
  return { text: readKey(sent), headers: sent };
}

/** A customer that reads, for the account of its key. */
async function ofKey(db: Queryable, caller: Caller, wanted: Wanted): Promise<Principal> {
  requireScope(caller, 'read');
  const { keyId, accountId, platformId, platform } = caller;
  const isMeant =
    (wanted.platform === undefined || isNamed(platformId, platform.slug, wanted.platform)) &&
    (wanted.account === undefined || wanted.account === formatRowId('acc', accountId));
  if (!isMeant) throw platformNotFound();
  await noteReading(db, keyId);
  const id = formatRowId('key', keyId);
  const actor = { kind: 'key', id, label: id } as const;
  return { actor, platformId, role: 'customer', accountId, isOperator: false };
}

/** A customer, known to an identity provider that the platform believes. */
async function ofBearer(parts: Parts, text: string, wanted: Wanted): Promise<Principal> {
  const { db, ids, issuers } = parts;
  const meant =
    wanted.platform === undefined ? undefined : await findPlatformId(db, wanted.platform);
  const bearer = await issuers.verify(text, meant);
  const accountId = await accountOfBearer(db, ids, bearer);
  const { platformId, userId } = bearer;
  if (wanted.account !== undefined && wanted.account !== formatRowId('acc', accountId)) {
    throw platformNotFound();
  }
  const actor = { kind: 'user', id: userId, label: userId } as const;
  return { actor, platformId, role: 'customer', accountId, isOperator: false };
}

async function ofToken(db: Queryable, text: string, wanted: Wanted): Promise<Principal> {
  const token = await useAccessToken(db, text);
  if (token === undefined) throw notSignedIn();
  const { platformId, role, name } = token;
  if (wanted.platform !== undefined && (await findPlatformId(db, wanted.platform)) !== platformId) {
    throw platformNotFound();
  }
  const actor = { kind: 'token', id: formatRowId('tok', token.id), label: name } as const;
  return { actor, platformId, role, accountId: undefined, isOperator: false };
}

/**
 * The membership that is meant; of several, the one on a platform's staff before the one as its
 * customer, unless an account is named. Without a name only what is not ambiguous is taken.
 */
function choose(memberships: readonly Membership[], wanted: Wanted): Membership | undefined {
  const meant = memberships.filter(
    (one) =>
      (wanted.platform === undefined || isNamed(one.platformId, one.platform, wanted.platform)) &&
      (wanted.account === undefined ||
        (one.accountId !== null && formatRowId('acc', one.accountId) === wanted.account)),
  );
  if (wanted.platform === undefined && new Set(meant.map((one) => one.platformId)).size > 1) {
    throw platformRequired();
  }
  return meant.find(({ accountId }) => accountId === null) ?? meant[0];
}

const isNamed = (id: bigint, slug: string, name: string) =>
  name === slug || name === formatRowId('plt', id);

async function findPlatformId(db: Queryable, name: string | undefined): Promise<bigint> {
  if (name === undefined) throw platformRequired();
  const [row] = await db.query<{ id: bigint }>(
    'select id from platform where slug = $1 or id = $2',
    [name, parseRowId('plt', name) ?? null],
  );
  if (row === undefined) throw platformNotFound();
  return row.id;
}

function notSignedIn(): Fault {
  return new Fault({
    code: 'not_signed_in',
    status: 401,
    message:
      'Sign in, or send an access token as ' +
      "'Authorization: Bearer TOKEN'. This one is absent, mistyped, revoked or expired.",
  });
}

function mailNotVerified(): Fault {
  return new Fault({
    code: 'mail_not_verified',
    status: 403,
    message: 'Follow the link in the mail that was sent to you, to show that the address is yours.',
  });
}

function platformRequired(): Fault {
  return new Fault({
    code: 'platform_required',
    status: 400,
    message:
      "Say which platform you mean: its slug in the header 'farebox-platform'. " +
      '/manage/v1/me lists yours.',
  });
}

export function platformNotFound(): Fault {
  return new Fault({
    code: 'platform_not_found',
    status: 404,
    message: 'There is no such platform for you.',
  });
}
