import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Queryable } from '../../db/index.ts';
import type { Outbound } from '../../http/index.ts';
import { type Clock, Fault, parseRowId } from '../../kernel/index.ts';
import { suspended } from '../caller.ts';
import { findIssuers, type Issuer } from './issuer-rows.ts';
import { createKeySets, type KeySets } from './key-sets.ts';
import { faultOfJose, tokenFault } from './token-faults.ts';

/** Whom a token of an external identity provider speaks for. */
export interface TokenBearer {
  readonly platformId: bigint;
  /** As the provider calls them: an account's external id. */
  readonly userId: string;
  /** The plan that the provider says they are on. */
  readonly plan?: string;
}

/** Believes the tokens of identity providers that are not ours, within what they may say. */
export interface Issuers {
  /**
   * Verifies a JWT (RFC 7519, with the advice of RFC 8725). With `platformId` it must be for that
   * platform; without, the oldest of several platforms with the same issuer is whose it is. Faults:
   * 401 with a code that begins `token_`, 503 `token_issuer_unavailable`, 403 `account_suspended`
   * for a suspended platform.
   */
  verify(token: string, platformId?: bigint): Promise<TokenBearer>;
}

const MOST_CHARACTERS = 8_192;
const MOST_OF_A_CLAIM = 255;
/** The clocks of two machines differ by no more. */
const SKEW_SECONDS = 60;

interface Parts {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly outbound: Pick<Outbound, 'send'>;
}

export function createIssuers(parts: Parts): Issuers {
  const keySets = createKeySets(parts);
  return {
    verify: async (token, platformId) => {
      const { alg, iss } = readUnverified(token);
      const found = await findIssuers(parts.db, iss, platformId);
      if (found.length === 0) throw tokenFault('token_issuer_unknown');
      const fitting = found.filter(({ algorithms }) => algorithms.some((one) => one === alg));
      if (fitting.length === 0) throw tokenFault('token_algorithm_refused');
      let first: Fault | undefined;
      for (const issuer of fitting) {
        try {
          const bearer = await verifyBy(parts, keySets, issuer, token);
          if (platformId === undefined || bearer.platformId === platformId) return bearer;
          first ??= tokenFault('token_platform_wrong');
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          first ??= error;
        }
      }
      throw first ?? tokenFault('token_issuer_unknown');
    },
  };
}

/** What says by whom to verify: nothing of it is believed yet. */
function readUnverified(token: string): { alg: string; iss: string } {
  if (token.length > MOST_CHARACTERS) throw tokenFault('token_malformed');
  try {
    const { alg } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    if (typeof alg === 'string' && typeof iss === 'string') return { alg, iss };
  } catch (error) {
    throw tokenFault('token_malformed', error);
  }
  throw tokenFault('token_malformed');
}

async function verifyBy(
  { db, clock }: Parts,
  keySets: KeySets,
  issuer: Issuer,
  token: string,
): Promise<TokenBearer> {
  const { payload } = await jwtVerify(
    token,
    (header, input) => keySets.find(issuer.jwksUrl, header, input),
    {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(clock.nowMs()),
      requiredClaims: ['exp'],
      ...(issuer.audience !== null && { audience: issuer.audience }),
    },
  ).catch((error) => {
    throw faultOfJose(error);
  });
  const userId = textClaim(payload, issuer.userClaim);
  if (userId === undefined) throw tokenFault('token_user_missing');
  const platformId = await platformOf(db, issuer, payload);
  const plan = issuer.planClaim === null ? undefined : textClaim(payload, issuer.planClaim);
  return { platformId, userId, ...(plan !== undefined && { plan }) };
}

/**
 * The platform that a token is for. An issuer of one platform speaks for that one alone, whatever
 * its tokens say; a shared one for the platform that its token names.
 */
async function platformOf(db: Queryable, issuer: Issuer, payload: JWTPayload): Promise<bigint> {
  const { platformId, platformClaim, audience } = issuer;
  const named = platformClaim === null ? undefined : textClaim(payload, platformClaim);
  if (named === undefined && (platformId === null || audience === null)) {
    throw tokenFault('token_platform_missing');
  }
  const [platform] = await db.query<{ id: bigint; status: string; isNamed: boolean }>(
    `select id, status, id = $2 or slug = $3 as "isNamed" from platform
     where case when $1::bigint is null then id = $2 or slug = $3 else id = $1 end`,
    [platformId, parseRowId('plt', named ?? '') ?? null, named ?? null],
  );
  if (platform === undefined || (named !== undefined && !platform.isNamed)) {
    throw tokenFault('token_platform_wrong');
  }
  if (platform.status !== 'active') throw suspended();
  return platform.id;
}

/** A claim by its name, or by a path with dots, such as `public_metadata.plan`. */
function textClaim(payload: JWTPayload, name: string): string | undefined {
  const value = Object.hasOwn(payload, name) ? payload[name] : follow(payload, name.split('.'));
  return typeof value === 'string' && value !== '' && value.length <= MOST_OF_A_CLAIM
    ? value
    : undefined;
}

function follow(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}
