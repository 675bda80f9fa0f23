import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBatches } from '../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { verifyLedger } from './index.ts';
import { type Difference, findDifferences } from './verify.ts';

class RolledBack extends Error {}

/** Ids of the rows that the tests change. In a statement, `$name` stands for one. */
const ids: Record<string, string> = {};

let database: TestDatabase;
let books: Books;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  const customer = await seedCustomer(books, 1_000n);
  const other = await seedCustomer(books, 1_000n);
  await writeHistory(customer);
  await nameRows(customer, other);
});
afterAll(() => database.close());

/** One of everything: settled, overrun, released, expired and late, open; a grant that expired. */
async function writeHistory(customer: Customer): Promise<void> {
  const batches = await openBatches(database.db, new Date('2026-03-10T12:00:00Z'));
  const at = (time: string) => {
    batches.now = new Date(`2026-03-10T${time}Z`);
    return batches;
  };
  await at('12:00:00').give(customer, 100n, 1, new Date('2026-03-10T12:30:00Z'));
  const [settled, overrun, released, expired, open, late] = Array.from({ length: 6 }, () =>
    holdOf(legOf(books, customer, 50n, { tokens: 20n })),
  );
  if (!settled || !overrun || !released || !expired || !open || !late) throw new Error('six');
  await at('12:01:50').hold(settled, overrun, released, expired, open);
  await at('12:20:50').settle(
    settlementOf(settled, 20n, { leg: { input: 5n, output: 6n } }),
    settlementOf(overrun, 870n),
    settlementOf(released, 0n, { outcome: 'released' }),
    settlementOf(expired, 0n, { outcome: 'expired' }),
  );
  // The overrun left no more than the open hold's 50 and what was given back after it.
  await at('12:31:10').settle(settlementOf(expired, 7n));
  await at('12:31:20').hold(late);
  await at('12:32:10').hold(holdOf(legOf(books, customer, 1n, { tokens: 3n })));
  ids.settled = settled.callId;
  ids.overrun = overrun.callId;
  ids.expired = expired.callId;
  ids.open = open.callId;
  await batches.close();
}

async function nameRows(customer: Customer, other: Customer): Promise<void> {
  ids.wallet = customer.walletId.toString();
  ids.key = customer.keyId.toString();
  ids.account = customer.accountId.toString();
  ids.otherWallet = other.walletId.toString();
  ids.otherAccount = other.accountId.toString();
  ids.platform = books.platformId.toString();
  const kinds = ['grant', 'expiry', 'lost'];
  for (const kind of kinds) {
    const [row] = await books.db.query<{ id: bigint; grant_id: bigint | null }>(
      `select id, grant_id from transfer
       where kind = $1 and coalesce(from_wallet_id, to_wallet_id, $2) = $2 order by id limit 1`,
      [kind, customer.walletId],
    );
    ids[`${kind}Transfer`] = String(row?.id);
    if (row?.grant_id) ids[`${kind}Of`] = String(row.grant_id);
  }
  await books.db.query(`insert into unit (platform_id, code, scale) values ($1, 'EUR', 2)`, [
    books.platformId,
  ]);
}

const named = (text: string) =>
  text.replace(/\$(\w+)/g, (_, name: string) => ids[name] ?? `no ${name}`);

/** What verify says after the change, which is rolled back; or the constraint that refused it. */
async function tamper(change: string): Promise<readonly string[] | { refusedBy: string }> {
  let found: Difference[] = [];
  try {
    await books.db.transaction(async (tx) => {
      // One statement each; with a changed count of rows or it is no tampering at all.
      const rows = await tx.query(`${named(change)} returning 1`);
      expect(rows).toHaveLength(1);
      found = await findDifferences(tx);
      throw new RolledBack();
    });
  } catch (error) {
    if (error instanceof RolledBack) return found.map((one) => `${one.check}: ${one.subject}`);
    if (error instanceof Error && 'constraint' in error) {
      return { refusedBy: String(error.constraint) };
    }
    throw error;
  }
  return [];
}

const COUNTERS = [
  'minute_requests',
  'minute_tokens',
  'previous_minute_requests',
  'previous_minute_tokens',
  'day_requests',
  'day_tokens',
  'day_spent',
  'month_requests',
  'month_tokens',
  'month_spent',
  'total_spent',
  'open_holds',
];

describe('verify', () => {
  it('finds nothing in books that were only written by the ledger', async () => {
    expect(await verifyLedger(books.db)).toEqual([]);
  });

  it('reads what is committed: a change by hand is found until it is undone', async () => {
    const change = (by: number) =>
      books.db.query('update wallet set balance = balance + $2 where id = $1', [ids.wallet, by]);
    await change(1);
    expect((await verifyLedger(books.db)).map(({ check }) => check)).toEqual([
      'balance_is_entries',
      'grants_are_balance',
    ]);
    await change(-1);
    expect(await verifyLedger(books.db)).toEqual([]);
  });

  it.each(COUNTERS)('names the wallet and the key whose %s was changed', async (counter) => {
    expect(
      await tamper(`update wallet set ${counter} = ${counter} + 1 where id = $wallet`),
    ).toContain(named(`counters_of_wallet: wallet $wallet ${counter}`));
    expect(await tamper(`update api_key set ${counter} = ${counter} + 1 where id = $key`)).toEqual([
      named(`counters_of_api_key: api_key $key ${counter}`),
    ]);
  });

  it.each([
    ['wallet set balance = balance + 1 where id = $wallet', 'balance_is_entries: wallet $wallet'],
    ['wallet set held = held - 1 where id = $wallet', 'held_is_open_holds: wallet $wallet'],
    ['wallet set version = version + 1 where id = $wallet', 'versions_are_gapless: wallet $wallet'],
    ['wallet set version = version - 1 where id = $wallet', 'versions_are_gapless: wallet $wallet'],
    [`wallet set unit = 'EUR' where id = $wallet`, 'units_agree: transfer $grantTransfer'],
    [
      "wallet set account_id = $otherAccount, unit = 'EUR' where id = $wallet",
      'tenants_are_apart: call $settled',
    ],
    [
      `wallet_grant set remaining = remaining - 1 where id = $grantOf`,
      'grants_are_balance: wallet $wallet',
    ],
    [
      'wallet_grant set granted = granted + 1 where id = $grantOf',
      'grant_is_its_transfer: grant $grantOf',
    ],
    [
      'wallet_grant set wallet_id = $otherWallet where id = $grantOf',
      'grant_is_its_transfer: grant $grantOf',
    ],
    [
      'wallet_grant set pinned = pinned + 1 where id = $expiryOf',
      'pinned_is_open: grant $expiryOf',
    ],
    [
      `wallet_grant set expires_at = '2030-01-01' where id = $expiryOf`,
      'expired_is_broken_once: grant $expiryOf',
    ],
    [
      `wallet_grant set expires_at = '2026-04-01' where id = $grantOf`,
      'next_change_is_known: wallet $wallet',
    ],
    [`hold set amount = amount + 1 where id = '$open'`, 'held_is_open_holds: wallet $wallet'],
    [`hold set amount = 49 where id = '$settled'`, 'call_resolves_its_hold: call $settled leg 0'],
    [`hold set tokens = 21 where id = '$open'`, 'counters_of_wallet: wallet $wallet day_tokens'],
    [
      `hold set held_at = held_at + interval '1 s' where id = '$settled'`,
      'call_resolves_its_hold: call $settled leg 0',
    ],
    [`hold set key_id = null where id = '$settled'`, 'call_resolves_its_hold: call $settled leg 0'],
    [`hold set wallet_id = $otherWallet where id = '$open'`, 'tenants_are_apart: hold $open'],
    [`hold set price_id = 1 where id = '$open'`, 'units_agree: hold $open leg 0'],
    [`hold set replica_id = 1 where id = '$open'`, 'dead_holds_are_resolved: hold $open leg 0'],
    [`call set charge = charge - 1 where id = '$settled'`, 'charge_is_price: call $settled leg 0'],
    [`call set charge = charge - 1 where id = '$overrun'`, 'balance_is_entries: wallet $wallet'],
    [`call set price = price + 1 where id = '$settled'`, 'charge_is_price: call $settled leg 0'],
    [
      `call set price = 21, charge = 21 where id = '$settled'`,
      'balance_is_entries: wallet $wallet',
    ],
    [`call set held = 49 where id = '$settled'`, 'call_resolves_its_hold: call $settled leg 0'],
    [
      `call set wallet_version = wallet_version + 100 where id = '$settled'`,
      'versions_are_gapless: wallet $wallet',
    ],
    [
      `call set wallet_id = $otherWallet, account_id = $otherAccount where id = '$settled'`,
      'call_resolves_its_hold: call $settled leg 0',
    ],
    [`call set wallet_id = 1 where id = '$settled'`, 'tenants_are_apart: call $settled'],
    [
      `call set product_id = 1 where id = '$settled'`,
      'call_resolves_its_hold: call $settled leg 0',
    ],
    [`call set input = 6 where id = '$settled'`, 'counters_of_wallet: wallet $wallet day_tokens'],
    [
      `call set other = '{"reasoning": "1"}' where id = '$settled'`,
      'counters_of_api_key: api_key $key month_tokens',
    ],
    [
      `call set outcome = 'released' where id = '$expired'`,
      'lost_is_expired: transfer $lostTransfer',
    ],
    [
      'transfer set amount = amount + 1 where id = $grantTransfer',
      'grant_is_its_transfer: grant $grantOf',
    ],
    [
      'transfer set amount = amount - 1 where id = $expiryTransfer',
      'balance_is_entries: wallet $wallet',
    ],
    [
      'transfer set amount = amount + 50 where id = $expiryTransfer',
      'expired_is_broken_once: grant $expiryOf',
    ],
    [
      'transfer set to_wallet_id = $otherWallet where id = $grantTransfer',
      'versions_are_gapless: wallet $otherWallet',
    ],
    [`transfer set unit = 'EUR' where id = $grantTransfer`, 'units_agree: transfer $grantTransfer'],
    [
      `transfer set call_id = '$settled' where id = $lostTransfer`,
      'lost_is_expired: transfer $lostTransfer',
    ],
  ])('finds: update %s', async (change, expected) => {
    expect(await tamper(`update ${change}`)).toContain(named(expected));
  });

  it.each([
    [`call where id = '$settled'`, 'held_is_open_holds: wallet $wallet'],
    [`call where id = '$settled'`, 'balance_is_entries: wallet $wallet'],
    [`call where id = '$expired'`, 'lost_is_expired: transfer $lostTransfer'],
    [`hold where id = '$open'`, 'held_is_open_holds: wallet $wallet'],
    [`hold where id = '$settled'`, 'call_resolves_its_hold: call $settled leg 0'],
    ['transfer where id = $grantTransfer', 'grant_is_its_transfer: grant $grantOf'],
    ['transfer where id = $expiryTransfer', 'versions_are_gapless: wallet $wallet'],
  ])('finds: delete from %s', async (change, expected) => {
    expect(await tamper(`delete from ${change}`)).toContain(named(expected));
  });

  const copyOf = (reference: string, version: string) => `insert into transfer (platform_id, unit,
      kind, amount, from_system, to_wallet_id, to_wallet_version, grant_id, reference, at)
    select platform_id, unit, kind, amount, from_system, to_wallet_id, ${version}, grant_id,
      ${reference}, at from transfer where id = $grantTransfer`;

  it('finds a movement that was booked twice', async () => {
    expect(await tamper(copyOf(`'again'`, 'to_wallet_version'))).toEqual(
      [
        'balance_is_entries: wallet $wallet',
        'versions_are_gapless: wallet $wallet',
        'grant_is_its_transfer: grant $grantOf',
      ].map(named),
    );
    const lost = `insert into transfer (platform_id, unit, kind, amount, from_system, to_system,
        call_id, reference, at)
      select platform_id, unit, kind, amount, from_system, to_system, call_id, 'again', at
      from transfer where id = $lostTransfer`;
    expect(await tamper(lost)).toHaveLength(1);
  });

  it.each([
    ['update wallet set balance = held - 1 where id = $wallet', 'wallet_never_below_zero'],
    ['update wallet set held = -1 where id = $wallet', 'wallet_never_below_zero'],
    ['update wallet_grant set remaining = granted + 1 where id = $grantOf', 'wallet_grant_check'],
    [`update call set charge = price + 1 where id = '$settled'`, 'call_never_below_zero'],
    [`update call set wallet_version = null where id = '$settled'`, 'call_charge_moves_wallet'],
    [`update call set outcome = 'released' where id = '$settled'`, 'call_charge_moves_wallet'],
    [`update transfer set from_wallet_id = $wallet where id = $grantTransfer`, 'transfer_check'],
    [copyOf('reference', '99'), 'transfer_platform_id_reference_key'],
  ])('is not even needed for: %s', async (change, constraint) => {
    expect(await tamper(change)).toEqual({ refusedBy: constraint });
  });
});
