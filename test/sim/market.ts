import type { Queryable } from '../../src/db/index.ts';
import { COUNTERS, type Counter } from '../../src/ledger/index.ts';
import { type Books, type Customer, seedBooks, seedCustomer } from '../books.ts';
import { ZONES } from './calendar.ts';
import type { SimDatabase } from './database.ts';
import type { LedgerModel } from './model.ts';
import { ModelCounters } from './model-counters.ts';
import type { SimProcess } from './process.ts';
import type { SimRandom } from './random.ts';

/** Who calls, what they call, and which of their counters are capped. Caps come with each call. */
export interface Buyer {
  readonly customer: Customer;
  readonly books: Books;
  readonly keyIds: readonly bigint[];
  readonly counters: readonly Counter[];
}

export interface Market {
  readonly buyers: readonly Buyer[];
  /** The current price of each platform's product. */
  readonly prices: Map<bigint, bigint>;
  /** The time zones of its platforms. */
  readonly zones: readonly string[];
}

const WALLETS_OF_PLATFORMS = [3, 2];

/** Platforms in time zones of their own, with customers who have nothing yet. */
export async function openMarket(
  database: SimDatabase,
  model: LedgerModel,
  office: SimProcess,
  random: SimRandom,
): Promise<Market> {
  const buyers: Buyer[] = [];
  const prices = new Map<bigint, bigint>();
  const zones: string[] = [];
  const db = { ...database.own.db, query: database.query.bind(database) };
  for (const wallets of WALLETS_OF_PLATFORMS) {
    const zone = random.pick(ZONES);
    zones.push(zone);
    const books = await seedBooks(db, zone, office.ids);
    prices.set(books.platformId, books.priceId);
    for (let wallet = 0; wallet < wallets; wallet += 1) {
      const customer = await seedCustomer(books, 0n, office.ids);
      model.wallets.set(customer.walletId, new ModelCounters(zone));
      const keyIds = [customer.keyId, await secondKey(database, customer, office)];
      for (const id of keyIds) model.keys.set(id, new ModelCounters(zone));
      buyers.push({ customer, books, keyIds, counters: someCounters(random) });
    }
  }
  return { buyers, prices, zones };
}

async function secondKey(
  database: Queryable,
  { platformId, accountId }: Customer,
  office: SimProcess,
): Promise<bigint> {
  const keyId = office.ids.rowId();
  await database.query(
    `insert into api_key (id, platform_id, account_id, hash, preview, name)
     values ($1, $2, $3, sha256($4::text::bytea), 'sk-fb-test', 'second')`,
    [keyId, platformId, accountId, keyId.toString()],
  );
  return keyId;
}

/** Up to four counters, each of the buyer's key or account. They stay what they are. */
function someCounters(random: SimRandom): Counter[] {
  const all = COUNTERS.flatMap((name): Counter[] => [`key.${name}`, `account.${name}`]);
  return [...new Set(Array.from({ length: random.below(5) }, () => random.pick(all)))];
}
