import type { Db, Queryable } from '../src/db/index.ts';
import { createIds, createLog, type Ids, systemClock, systemRandom } from '../src/kernel/index.ts';
import {
  createLedger,
  emptyLeg,
  grantValue,
  type HoldLeg,
  type HoldRequest,
  type Ledger,
  type LedgerOptions,
  openWallet,
  type Settlement,
  type SettlementLeg,
} from '../src/ledger/index.ts';

export const testIds: Ids = createIds(systemClock, systemRandom);

/** A platform with one product and one price, enough for the ledger to work on. */
export interface Books {
  readonly db: Db;
  readonly platformId: bigint;
  readonly productId: bigint;
  readonly priceId: bigint;
}

/** What a call of this customer draws on. */
export interface Customer {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly walletId: bigint;
  readonly keyId: bigint;
}

export async function seedBooks(db: Db, timeZone = 'UTC', ids = testIds): Promise<Books> {
  const [platformId, productId, priceId] = [ids.rowId(), ids.rowId(), ids.rowId()];
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit, time_zone)
       values ($1, $2, 'Test', 'sk-fb-', 'USD', $3)`,
      [platformId, `test-${platformId}`, timeZone],
    );
    await tx.query(`insert into unit (platform_id, code, scale) values ($1, 'USD', 9)`, [
      platformId,
    ]);
  });
  await db.query(
    `insert into product (id, platform_id, slug, kind, name) values ($1, $2, 'm', 'chat', 'M')`,
    [productId, platformId],
  );
  await db.query(
    `insert into price (id, platform_id, product_id, unit, version, valid_from)
     values ($1, $2, $3, 'USD', 1, '2020-01-01')`,
    [priceId, platformId, productId],
  );
  return { db, platformId, productId, priceId };
}

/** Opens an account with a wallet of `balance` and one key. */
export async function seedCustomer(
  books: Books,
  balance: bigint,
  ids = testIds,
): Promise<Customer> {
  const { db, platformId } = books;
  const [accountId, walletId, keyId] = [ids.rowId(), ids.rowId(), ids.rowId()];
  await db.query(
    `insert into account (id, platform_id, mail, name) values ($1, $2, $3, 'Customer')`,
    [accountId, platformId, `${accountId}@customer.example`],
  );
  await openWallet(db, { walletId, platformId, accountId, unit: 'USD' });
  await db.query(
    `insert into api_key (id, platform_id, account_id, hash, preview, name)
     values ($1, $2, $3, sha256($4::text::bytea), 'sk-fb-test', 'key')`,
    [keyId, platformId, accountId, keyId.toString()],
  );
  const customer = { platformId, accountId, walletId, keyId };
  if (balance > 0n) await give(books, customer, balance);
  return customer;
}

export async function give(
  books: Books,
  customer: Customer,
  amount: bigint,
  grant: { expiresAt?: Date; priority?: number; reference?: string } = {},
): Promise<bigint> {
  const grantId = testIds.rowId();
  await grantValue(books.db, {
    grantId,
    platformId: customer.platformId,
    walletId: customer.walletId,
    amount,
    source: 'purchase',
    priority: grant.priority ?? 0,
    expiresAt: grant.expiresAt,
    reference: grant.reference ?? `test:${grantId}`,
    reason: undefined,
  });
  return grantId;
}

export function legOf(
  books: Books,
  customer: Customer,
  amount: bigint,
  more: Partial<HoldLeg> = {},
): HoldLeg {
  return {
    ...customer,
    productId: books.productId,
    priceId: books.priceId,
    minimum: amount,
    maximum: amount,
    tokens: 0n,
    claims: [],
    ...more,
  };
}

export function holdOf(...legs: HoldLeg[]): HoldRequest {
  return { callId: testIds.callId(), legs };
}

/** The settlement of a one-leg hold at `price`; outcome and details as given. */
export function settlementOf(
  request: HoldRequest,
  price: bigint,
  more: Partial<Settlement> & { leg?: Partial<SettlementLeg> } = {},
): Settlement {
  const { leg, ...rest } = more;
  return {
    callId: request.callId,
    outcome: 'settled',
    legs: request.legs.map((held) => ({
      ...emptyLeg(held.walletId, held.keyId),
      price,
      ...leg,
    })),
    estimated: false,
    streamed: false,
    status: 200,
    upstreamId: undefined,
    firstByteMs: 1,
    latencyMs: 2,
    errorCode: undefined,
    ...rest,
  };
}

/** A ledger on the machine's own clock that speaks for one process of a test. */
export function openLedger(db: Db, more: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return createLedger({
    db,
    ids: testIds,
    clock: systemClock,
    log: createLog('silent'),
    host: 'test',
    pid: process.pid,
    soleServer: false,
    ...more,
  });
}

/** A wallet as it stands. */
export async function walletOf(
  db: Queryable,
  customer: Customer,
): Promise<{ balance: bigint; held: bigint; version: bigint }> {
  const [row] = await db.query<{ balance: bigint; held: bigint; version: bigint }>(
    'select balance, held, version from wallet where id = $1',
    [customer.walletId],
  );
  if (row === undefined) throw new Error('the wallet does not exist');
  return row;
}
