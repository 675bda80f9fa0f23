import type { Db } from '../src/db/index.ts';
import { systemRandom } from '../src/kernel/index.ts';
import { hashKey, makeKey } from '../src/tenants/index.ts';
import { testIds } from './books.ts';
import type { TestCustomer } from './serving.ts';

/** Opens accounts by the thousand, each with that balance (in nano-dollars) and one key. */
export async function openManyCustomers(
  db: Db,
  platformId: bigint,
  balances: readonly bigint[],
): Promise<TestCustomer[]> {
  const customers = balances.map(() => ({
    key: makeKey('ptr_', systemRandom),
    keyId: testIds.rowId(),
    accountId: testIds.rowId(),
    walletId: testIds.rowId(),
  }));
  const column = <T>(of: (customer: TestCustomer) => T) => customers.map(of);
  const [accounts, wallets] = [column((one) => one.accountId), column((one) => one.walletId)];
  await db.transaction(async (tx) => {
    await tx.query('set local statement_timeout = 0');
    await tx.query(
      `insert into account (id, platform_id, mail, name)
       select id, $1, id || '@many.example', 'One of many' from unnest($2::bigint[]) id`,
      [platformId, accounts],
    );
    await tx.query(
      `insert into wallet (id, platform_id, account_id, unit)
       select w, $1, a, 'USD' from unnest($2::bigint[], $3::bigint[]) u (w, a)`,
      [platformId, wallets, accounts],
    );
    await tx.query(
      `insert into api_key (id, platform_id, account_id, hash, preview, name)
       select k, $1, a, decode(h, 'hex'), 'ptr_', 'key'
       from unnest($2::bigint[], $3::bigint[], $4::text[]) u (k, a, h)`,
      [platformId, column((one) => one.keyId), accounts, column((one) => hashKey(one.key))],
    );
    await tx.query(
      `select grant_value(null, g, $1, w, amount, 'purchase', 0::smallint, null, 'many:' || w,
         null, null, 0)
       from unnest($2::bigint[], $3::bigint[], $4::bigint[]) u (g, w, amount) where amount > 0`,
      [platformId, column(() => testIds.rowId()), wallets, balances],
    );
  });
  return customers;
}
