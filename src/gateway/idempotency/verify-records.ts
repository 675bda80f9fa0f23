import type { Queryable } from '../../db/index.ts';
import type { Difference } from '../../ledger/index.ts';

const SUBJECT = `format('key %L of account %s', r.key, r.account_id) as subject`;
const CALLS = `idempotency_record r
  cross join lateral unnest(r.call_id || r.earlier_call_ids) as made (id)`;

const CHECKS: readonly { readonly name: string; readonly promise: string; readonly sql: string }[] =
  [
    {
      name: 'key_has_one_effect',
      promise: 'Of the calls made under one idempotency key none but the last was charged.',
      sql: `select ${SUBJECT}, 'nothing charged before its last call' as expected,
          format('call %s charged %s', c.id, c.charge) as found
        from ${CALLS} join call c on c.id = made.id
        where c.outcome = 'settled' and c.id <> r.call_id`,
    },
    {
      name: 'keyed_call_is_concluded',
      promise: 'A call under an idempotency key is charged only once its answer was put down.',
      sql: `select ${SUBJECT}, 'an answer put down before the charge' as expected,
          format('call %s charged %s', c.id, c.charge) as found
        from idempotency_record r join call c on c.id = r.call_id
        where c.outcome = 'settled' and r.concluded_at is null`,
    },
    {
      name: 'key_is_its_accounts',
      promise: 'An idempotency key names calls of its own account, and no call is named by two.',
      sql: `select ${SUBJECT}, format('account %s', r.account_id) as expected,
          format('call %s of account %s', h.id, h.account_id) as found
        from ${CALLS} join hold h on h.id = made.id and h.leg = 0
        where (h.platform_id, h.account_id) <> (r.platform_id, r.account_id)
        union all
        select min(format('key %L of account %s', r.key, r.account_id)), 'named by one key',
          format('call %s named by %s', made.id, count(*))
        from ${CALLS} group by made.id having count(*) > 1`,
    },
  ];

/** How many promises {@link verifyIdempotency} holds the records to. */
export const IDEMPOTENCY_CHECKS = CHECKS.length;

/** Compares the idempotency records with the calls that they name. Empty when all is right. */
export async function verifyIdempotency(db: Queryable): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { name, promise, sql } of CHECKS) {
    const rows = await db.query<{ subject: string; expected: string; found: string }>(sql);
    differences.push(...rows.map((row) => ({ check: name, promise, ...row })));
  }
  return differences;
}
