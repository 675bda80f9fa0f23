import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
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
import { LedgerModel, type ModelLeg } from '../../test/ledger-model.ts';
import { createRandom } from '../../test/seeded-random.ts';
import { systemRandom } from '../kernel/index.ts';
import { type HoldRequest, type Settlement, verifyLedger } from './index.ts';

const WALLETS = 4;
const STEPS = 250;

describe('random books', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const seeds = Array.from(new Uint32Array(systemRandom(12).slice().buffer));
  it.each(seeds)('are what a model without SQL makes of them (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const books = await seedBooks(database.db, 'America/New_York');
    const [clock] = await books.db.query<{ now: Date }>(
      `select date_trunc('milliseconds', clock_timestamp()) + interval '1 s' as now`,
    );
    const batches = await openBatches(books.db, clock?.now ?? new Date(0));
    const customers: Customer[] = [];
    for (let index = 0; index < WALLETS; index += 1) customers.push(await seedCustomer(books, 0n));
    const run = new Run(books, batches, customers, random);
    for (let step = 0; step < STEPS; step += 1) {
      await run.step();
      await run.compare(`seed ${seed}, step ${step}`);
    }
    expect(await verifyLedger(books.db)).toEqual([]);
    await run.resolveAll();
    await run.compare(`seed ${seed}, end`);
    expect(await run.systemTotals()).toEqual(run.model.totals);
    expect(await verifyLedger(books.db)).toEqual([]);
    await batches.close();
  });
});

/** The same random acts on the ledger and on the model. */
class Run {
  readonly model: LedgerModel;
  readonly #requests = new Map<string, HoldRequest>();
  readonly #sent: Settlement[] = [];

  constructor(
    readonly books: Books,
    readonly batches: Batches,
    readonly customers: readonly Customer[],
    readonly random: (n: number) => number,
  ) {
    this.model = new LedgerModel(customers.length);
  }

  get #nowMs(): number {
    return this.batches.now.getTime();
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.random(from.length)];
  }

  #customer(wallet: number): Customer {
    return this.customers[wallet] as Customer;
  }

  async step(): Promise<void> {
    const leap = this.random(20) === 0 ? 3_600_000 : 8_000;
    this.batches.now = new Date(this.#nowMs + this.random(leap));
    const act = this.random(9);
    if (act < 2) await this.#grant();
    else if (act < 5) await this.#hold();
    else if (act < 8) await this.#settle();
    else await this.#repeatHold();
  }

  async resolveAll(): Promise<void> {
    for (const callId of this.model.calls('open')) await this.#send([this.#settlement(callId)]);
  }

  async compare(label: string): Promise<void> {
    const rows = await this.books.db.query<{ id: bigint; balance: bigint; held: bigint }>(
      'select id, balance, held from wallet where id = any ($1)',
      [this.customers.map(({ walletId }) => walletId)],
    );
    const found = this.customers.map(({ walletId }) => {
      const row = rows.find(({ id }) => id === walletId);
      return [row?.balance, row?.held];
    });
    const expected = this.customers.map((_, wallet) => [
      this.model.balance(wallet),
      this.model.held(wallet),
    ]);
    expect(found, label).toEqual(expected);
  }

  async systemTotals(): Promise<LedgerModel['totals']> {
    const rows = await this.books.db.query<{ system: string; total: bigint }>(
      `select system, abs(sum(amount))::bigint as total from entry
       where platform_id = $1 and system is not null group by system`,
      [this.books.platformId],
    );
    const total = (system: string) => rows.find((row) => row.system === system)?.total ?? 0n;
    return { breakage: total('breakage'), overrun: total('overrun'), lost: total('lost') };
  }

  async #grant(): Promise<void> {
    const wallet = this.random(this.customers.length);
    const amount = BigInt(1 + this.random(300));
    const priority = this.random(3) - 1;
    const ends = this.random(3) > 0 ? this.#nowMs + 1 + this.random(120_000) : undefined;
    const expiresAt = ends === undefined ? undefined : new Date(ends);
    await this.batches.give(this.#customer(wallet), amount, priority, expiresAt);
    this.model.grant(wallet, amount, priority, ends ?? Number.POSITIVE_INFINITY, this.#nowMs);
  }

  async #hold(): Promise<void> {
    const calls = Array.from({ length: 1 + this.random(6) }, () => this.#call());
    const results = await this.batches.hold(...calls.map(({ request }) => request));
    const expected = calls.map(({ request, legs }) =>
      this.model.hold(request.callId, legs, this.#nowMs),
    );
    const found = results.map(({ outcome, granted }) => (outcome === 'held' ? granted : undefined));
    expect(found).toEqual(expected);
  }

  #call(): { request: HoldRequest; legs: ModelLeg[] } {
    const first = this.random(WALLETS);
    const second = (first + 1 + this.random(WALLETS - 1)) % WALLETS;
    const legs = (this.random(3) === 0 ? [first, second] : [first]).map((wallet) => {
      const minimum = BigInt(this.random(80));
      return { wallet, minimum, maximum: minimum + BigInt(this.random(80)) };
    });
    const request = holdOf(
      ...legs.map(({ wallet, minimum, maximum }) => {
        const tokens = BigInt(this.random(50));
        return legOf(this.books, this.#customer(wallet), minimum, { maximum, tokens });
      }),
    );
    this.#requests.set(request.callId, request);
    return { request, legs };
  }

  /** Sent again, a held call is not held again: it is refused, or its id is known. */
  async #repeatHold(): Promise<void> {
    const callId = this.#pick([...this.model.calls('open'), ...this.model.calls('settled')]);
    const request = callId && this.#requests.get(callId);
    if (!request) return;
    const [result] = await this.batches.hold(request).catch(() => [undefined]);
    expect(result?.outcome).not.toBe('held');
    if (!result) return;
    for (const leg of request.legs) {
      const wallet = this.customers.findIndex(({ walletId }) => walletId === leg.walletId);
      this.model.expire(wallet, this.#nowMs);
    }
  }

  async #settle(): Promise<void> {
    const open = this.model.calls('open');
    const chosen = new Set(
      Array.from({ length: 1 + this.random(5) }, () => this.#pick(open) ?? []).flat(),
    );
    const messages = [...chosen].map((callId) => this.#settlement(callId));
    const repeated = this.#pick(this.#sent);
    if (repeated && this.random(2) === 0) messages.push(repeated);
    const expired = this.#pick(this.model.calls('expired'));
    if (expired && expired !== repeated?.callId) messages.push(this.#settlement(expired));
    await this.#send(messages);
  }

  #settlement(callId: string): Settlement {
    const outcomes = ['settled', 'settled', 'settled', 'released', 'expired'] as const;
    const outcome = this.#pick(outcomes) ?? 'settled';
    const kind = outcome === 'settled' ? this.random(4) : 0;
    const leg = { input: BigInt(this.random(30)), output: BigInt(this.random(30)) };
    const base = settlementOf(this.#requests.get(callId) as HoldRequest, 0n, { outcome, leg });
    const legs = base.legs.map((one, index) => {
      const held = this.model.find(callId)?.amounts[index] ?? 0n;
      const price = [0n, held / 3n, held, held + BigInt(this.random(60))][kind] ?? 0n;
      return { ...one, price };
    });
    return { ...base, legs };
  }

  async #send(messages: readonly Settlement[]): Promise<void> {
    // Calls that cost more than they held come first: what the ones before them in the same batch
    // gave back is promised to them only where no expired grant is involved.
    const isOver = ({ callId, legs }: Settlement) =>
      legs.some((leg, index) => leg.price > (this.model.find(callId)?.amounts[index] ?? 0n));
    const ordered = [...messages].sort((a, b) => Number(isOver(b)) - Number(isOver(a)));
    if (ordered.length === 0) return;
    const results = await this.batches.settle(...ordered);
    const expected = ordered.map(({ callId, outcome, legs }) => {
      const prices = legs.map((leg) => leg.price);
      const { result, charges } = this.model.resolve(callId, outcome, prices, this.#nowMs);
      return [result, charges[0]];
    });
    this.#sent.push(...ordered);
    expect(results.map((result) => [result?.result, result?.charge])).toEqual(expected);
  }
}
