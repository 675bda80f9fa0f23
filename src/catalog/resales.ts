import type { Queryable } from '../db/index.ts';
import { Fault, parseRowId } from '../kernel/index.ts';
import { type Limits, readLimits } from '../ledger/index.ts';

/** Where a product that is sold on comes from, and which account pays for it there. */
export interface Resale {
  readonly sellerPlatformId: bigint;
  /** What the seller calls it. */
  readonly sellerSlug: string;
  readonly accountId: bigint;
  /** That account's wallets at the seller's, by what they count. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** The limits of that account and of its plan, and the unit that their budgets are in. */
  readonly limits: Readonly<Record<'account' | 'plan', Limits>>;
  readonly budgetUnit: string;
}

interface Row {
  readonly productId: bigint;
  readonly sellerPlatformId: bigint;
  readonly sellerSlug: string;
  readonly accountId: bigint;
  readonly wallets: Readonly<Record<string, string>> | null;
  readonly accountLimits: unknown;
  readonly planLimits: unknown;
  readonly budgetUnit: string;
}

/** Reads what some platforms sell on, by the product. */
export async function loadResales(
  db: Queryable,
  platformIds: readonly bigint[],
): Promise<Map<bigint, Resale>> {
  const rows = await db.query<Row>(
    `select r.product_id as "productId", r.seller_platform_id as "sellerPlatformId",
       s.slug as "sellerSlug", r.account_id as "accountId", (
         select json_object_agg(w.unit, w.id::text) from wallet w
         where w.platform_id = r.seller_platform_id and w.account_id = r.account_id) as wallets,
       a.limits as "accountLimits", n.limits as "planLimits", p.default_unit as "budgetUnit"
     from product_resale r
     join platform p on p.id = r.seller_platform_id
     join product s on s.platform_id = p.id and s.id = r.seller_product_id
     join account a on a.platform_id = p.id and a.id = r.account_id
     cross join lateral plan_at(a.platform_id, a.id, clock_timestamp()) f
     left join plan n on n.platform_id = a.platform_id and n.id = f.plan_id
     where r.platform_id = any ($1)`,
    [platformIds],
  );
  return new Map(
    rows.map(({ productId, wallets, accountLimits, planLimits, ...row }) => [
      productId,
      {
        ...row,
        limits: { account: readLimits(accountLimits), plan: readLimits(planLimits ?? {}) },
        wallets: new Map(Object.entries(wallets ?? {}).map(([unit, id]) => [unit, BigInt(id)])),
      },
    ]),
  );
}

/** What is to be sold on: whose product, and which account pays there. */
export interface NewResale {
  readonly platformId: bigint;
  readonly productId: bigint;
  /** The paying account, as its own platform shows its id. */
  readonly account: string;
  /** The slug of the seller's product. */
  readonly product: string;
  /** Who asks: of a person it says who that is. */
  readonly actor: { readonly kind: string; readonly id: string | null };
}

/**
 * Makes a product one of another platform's, sold on. The account that pays there has to be the one
 * that opened this platform, or one of which the person who asks is a member. Its kind and limits
 * become those of the seller's. Fault: `resale_not_possible` (422), which tells nothing of a
 * platform that the person has no account with.
 */
export async function resellProduct(tx: Queryable, resale: NewResale): Promise<void> {
  const { platformId, productId, actor } = resale;
  const rows = await tx.query(
    `with source as (select * from resale_source($3, $4, $5)), linked as (
       insert into product_resale (platform_id, product_id, seller_platform_id,
         seller_product_id, account_id)
       select $1, $2, platform_id, product_id, account_id from source)
     update product p set kind = s.kind,
       context_tokens = coalesce(p.context_tokens, s.context_tokens),
       max_output_tokens = coalesce(p.max_output_tokens, s.max_output_tokens)
     from source s where p.platform_id = $1 and p.id = $2 returning p.id`,
    [
      ...[platformId, productId, parseRowId('acc', resale.account) ?? 0n, resale.product],
      actor.kind === 'user' ? actor.id : null,
    ],
  );
  if (rows.length > 0) return;
  throw new Fault({
    code: 'resale_not_possible',
    status: 422,
    param: 'resale_of',
    message:
      'There is no such product for sale to such an account of yours. The account is the one ' +
      'that opened this platform, or one at another platform that you are a member of.',
  });
}
