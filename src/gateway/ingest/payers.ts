import type { Queryable } from '../../db/index.ts';
import { parseRowId } from '../../kernel/index.ts';
import { readLimits } from '../../ledger/index.ts';
import { type Rule, rulesOf } from '../../limits/index.ts';

/** Who pays for an event: an account with its wallets and limits. */
export interface Payer {
  readonly accountId: bigint;
  /** Its wallets by what they count. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** The limits of the account and its plan; those of keys do not go for what came without one. */
  readonly rules: readonly Rule[];
}

/** What of a platform goes for all its payers. */
export interface PayingPlatform {
  readonly defaultUnit: string;
  readonly timeZone: string;
  readonly scales: ReadonlyMap<string, number>;
}

interface Row {
  readonly accountId: bigint;
  /** What led here: the account itself, or one that was merged into it. */
  readonly namedId: bigint;
  readonly externalId: string | null;
  readonly accountLimits: unknown;
  readonly planLimits: unknown;
  readonly wallets: Record<string, string> | null;
}

/**
 * Finds those who are meant, by id or outside id; who was merged into another account is that one.
 * Who is not there is not in the map.
 */
export async function findPayers(
  db: Queryable,
  platformId: bigint,
  subjects: ReadonlySet<string>,
): Promise<Map<string, Payer>> {
  const idOf = (subject: string) => parseRowId('acc', subject);
  const ids = [...subjects].map(idOf).filter((id) => id !== undefined);
  const rows = await db.query<Row>(
    `select a.id as "accountId", o.id as "namedId", o.external_id as "externalId",
       a.limits as "accountLimits",
       n.limits as "planLimits",
       (select json_object_agg(w.unit, w.id::text) from wallet w
         where w.platform_id = a.platform_id and w.account_id = a.id) as wallets
     from account o
     join account a on a.platform_id = o.platform_id and a.id = coalesce(o.merged_into, o.id)
     cross join lateral plan_at(a.platform_id, a.id, clock_timestamp()) f
     left join plan n on n.platform_id = a.platform_id and n.id = f.plan_id
     where o.platform_id = $1 and (o.id = any ($2) or o.external_id = any ($3))`,
    [platformId, ids, [...subjects]],
  );
  const byId = new Map(rows.map((row) => [row.namedId, row]));
  const byName = new Map(rows.map((row) => [row.externalId, row]));
  const found = new Map<string, Payer>();
  for (const subject of subjects) {
    const id = idOf(subject);
    const row = (id === undefined ? undefined : byId.get(id)) ?? byName.get(subject);
    if (row !== undefined) found.set(subject, toPayer(row));
  }
  return found;
}

function toPayer(row: Row): Payer {
  const wallets = Object.entries(row.wallets ?? {});
  return {
    accountId: row.accountId,
    wallets: new Map(wallets.map(([unit, id]) => [unit, BigInt(id)])),
    rules: rulesOf({
      key: {},
      account: readLimits(row.accountLimits),
      plan: readLimits(row.planLimits ?? {}),
    }),
  };
}

export async function findPayingPlatform(
  db: Queryable,
  platformId: bigint,
): Promise<PayingPlatform> {
  const [row] = await db.query<{
    defaultUnit: string;
    timeZone: string;
    scales: Record<string, number>;
  }>(
    `select default_unit as "defaultUnit", time_zone as "timeZone",
       (select json_object_agg(u.code, u.scale) from unit u where u.platform_id = p.id) as scales
     from platform p where id = $1`,
    [platformId],
  );
  const { defaultUnit = '', timeZone = 'UTC', scales = {} } = row ?? {};
  return { defaultUnit, timeZone, scales: new Map(Object.entries(scales)) };
}
