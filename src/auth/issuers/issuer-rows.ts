import type { Queryable } from '../../db/index.ts';
import type { Outbound } from '../../http/index.ts';
import { Fault, type Ids } from '../../kernel/index.ts';

/** What a token may be signed with: nothing whose key is also known to who verifies. */
export const SIGNING_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** An identity provider whose tokens are believed. */
export interface Issuer {
  readonly id: bigint;
  /** Whose it is; null when the operator shares it with all platforms. */
  readonly platformId: bigint | null;
  /** The claim `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** Where it publishes its keys. */
  readonly jwksUrl: string;
  /** The claim `aud` of its tokens; null when they have none: then a claim names the platform. */
  readonly audience: string | null;
  readonly algorithms: readonly SigningAlgorithm[];
  readonly userClaim: string;
  readonly platformClaim: string | null;
  readonly planClaim: string | null;
}

export type NewIssuer = Omit<Issuer, 'id'>;

const COLUMNS = `i.id, i.platform_id as "platformId", i.issuer, i.jwks_url as "jwksUrl", i.audience,
  i.algorithms, i.user_claim as "userClaim", i.platform_claim as "platformClaim",
  i.plan_claim as "planClaim"`;

/**
 * Registers an issuer. Faults: `address_refused` (422) for its keys' address, `issuer_unbound`
 * (422) when nothing in its tokens would say whom they are for, `issuer_exists` (409).
 */
export async function createIssuer(
  tx: Queryable,
  { ids, outbound }: { readonly ids: Ids; readonly outbound: Pick<Outbound, 'check'> },
  issuer: NewIssuer,
): Promise<Issuer> {
  const { platformId, audience, platformClaim } = issuer;
  outbound.check(issuer.jwksUrl);
  if (platformClaim === null && (platformId === null || audience === null)) {
    throw new Fault({
      code: 'issuer_unbound',
      status: 422,
      param: 'platform_claim',
      message:
        'Nothing in the tokens would say whom they are for. Give the claim that names the ' +
        'platform, or for an issuer of one platform the audience.',
    });
  }
  const id = ids.rowId();
  const rows = await tx.query(
    `insert into issuer (id, platform_id, issuer, jwks_url, audience, algorithms, user_claim,
       platform_claim, plan_claim)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
    [
      ...[id, platformId, issuer.issuer, issuer.jwksUrl, audience, issuer.algorithms],
      ...[issuer.userClaim, platformClaim, issuer.planClaim],
    ],
  );
  if (rows.length > 0) return { ...issuer, id };
  throw new Fault({
    code: 'issuer_exists',
    status: 409,
    param: 'issuer',
    message: 'This issuer is registered already. Change it, or remove it first.',
  });
}

/** The issuers of a platform, or those that all platforms share (null), oldest first. */
export async function listIssuers(tx: Queryable, platformId: bigint | null): Promise<Issuer[]> {
  return tx.query<Issuer>(
    `select ${COLUMNS} from issuer i
     where i.platform_id is not distinct from $1 and i.status = 'active' order by i.id`,
    [platformId],
  );
}

/** Takes a platform's issuer away: its tokens are believed no more. Undefined without one. */
export async function removeIssuer(
  tx: Queryable,
  platformId: bigint,
  issuerId: bigint,
): Promise<Issuer | undefined> {
  const [removed] = await tx.query<Issuer>(
    `delete from issuer i where i.platform_id = $1 and i.id = $2 returning ${COLUMNS}`,
    [platformId, issuerId],
  );
  return removed;
}

/**
 * Those whose tokens say `iss`, of the platform that is asked about or shared, or of any, its own
 * first, then the oldest. Of another platform nothing is said where one is asked about.
 */
export async function findIssuers(
  db: Queryable,
  iss: string,
  platformId: bigint | undefined,
): Promise<Issuer[]> {
  return db.query<Issuer>(
    `select ${COLUMNS} from issuer i
     where i.issuer = $1 and i.status = 'active'
       and ($2::bigint is null or coalesce(i.platform_id, $2) = $2)
     order by i.platform_id is distinct from $2, i.created_at, i.id limit 20`,
    [iss, platformId ?? null],
  );
}
