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
import { createModel } from '../../test/ledger-model.ts';
import { systemRandom } from '../kernel/index.ts';
import { type HoldRequest, type Settlement, verifyLedger } from './index.ts';

const WALLETS = 4;
const STEPS = 250;

/** Numbers from 0 to below n, the same for the same seed (mulberry32). */
function createRandom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

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
    const run = createRun(books, batches, customers, random);
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

function createRun(
  books: Books,
  batches: Batches,
  customers: readonly Customer[],
  random: (n: number) => number,
) {
  const model = createModel(customers.length);
  const requests = new Map<string, HoldRequest>();
  const settled: Settlement[] = [];
  const pick = <T>(from: readonly T[]): T | undefined => from[random(from.length)];
  const nowMs = () => batches.now.getTime();
  const upTo = (n: number) => Array.from({ length: 1 + random(n) }, (_, index) => index);

  async function grant(): Promise<void> {
    const wallet = random(customers.length);
    const amount = BigInt(1 + random(300));
    const priority = random(3) - 1;
    const expiresAt = random(3) > 0 ? new Date(nowMs() + 1 + random(120_000)) : undefined;
    await batches.give(customers[wallet] as Customer, amount, priority, expiresAt);
    model.grant(
      wallet,
      amount,
      priority,
      expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
      nowMs(),
    );
  }

  async function hold(): Promise<void> {
    const calls = upTo(6).map(() => {
      const first = random(customers.length);
      const second = (first + 1 + random(customers.length - 1)) % customers.length;
      const legs = (random(3) === 0 ? [first, second] : [first]).map((wallet) => {
        const minimum = BigInt(random(80));
        return { wallet, minimum, maximum: minimum + BigInt(random(80)) };
      });
      const request = holdOf(
        ...legs.map(({ wallet, minimum, maximum }) =>
          legOf(books, customers[wallet] as Customer, minimum, {
            maximum,
            tokens: BigInt(random(50)),
          }),
        ),
      );
      requests.set(request.callId, request);
      return { request, legs };
    });
    const results = await batches.hold(...calls.map(({ request }) => request));
    const expected = calls.map(({ request, legs }) => model.hold(request.callId, legs, nowMs()));
    expect(
      results.map(({ outcome, granted }) => (outcome === 'held' ? granted : undefined)),
    ).toEqual(expected);
  }

  function settlement(callId: string): Settlement {
    const request = requests.get(callId) as HoldRequest;
    const outcome = pick(['settled', 'settled', 'settled', 'released', 'expired'] as const);
    const amounts = model.find(callId)?.amounts ?? [];
    const kind = outcome === 'settled' ? random(4) : 0;
    const prices = amounts.map(
      (amount) => [0n, amount / 3n, amount, amount + BigInt(random(60))][kind] ?? 0n,
    );
    const base = settlementOf(request, 0n, {
      outcome: outcome ?? 'settled',
      leg: { input: BigInt(random(30)), output: BigInt(random(30)) },
    });
    return {
      ...base,
      legs: base.legs.map((leg, index) => ({ ...leg, price: prices[index] ?? 0n })),
    };
  }

  async function settle(): Promise<void> {
    const open = model.calls('open');
    const chosen = new Set(upTo(5).flatMap(() => pick(open) ?? []));
    const messages = [...chosen].map(settlement);
    const repeated = pick(settled);
    if (repeated && random(2) === 0) messages.push(repeated);
    const expired = pick(model.calls('expired'));
    if (expired && expired !== repeated?.callId) messages.push(settlement(expired));
    await send(messages);
  }

  async function send(messages: readonly Settlement[]): Promise<void> {
    // Calls that cost more than they held come first: what the ones before them in the same batch
    // gave back is promised to them only where no expired grant is involved.
    const isOver = ({ callId, legs }: Settlement) =>
      legs.some((leg, index) => leg.price > (model.find(callId)?.amounts[index] ?? 0n));
    const ordered = [...messages].sort((a, b) => Number(isOver(b)) - Number(isOver(a)));
    if (ordered.length === 0) return;
    const results = await batches.settle(...ordered);
    const expected = ordered.map((message) => {
      const prices = message.legs.map((leg) => leg.price);
      return model.resolve(message.callId, message.outcome, prices, nowMs());
    });
    settled.push(...ordered);
    expect(results.map((result) => [result?.result, result?.charge])).toEqual(
      expected.map(({ result, charges }) => [result, charges[0]]),
    );
  }

  async function repeatHold(): Promise<void> {
    const callId = pick([...model.calls('open'), ...model.calls('settled')]);
    const request = callId && requests.get(callId);
    if (!request) return;
    // A call whose wallet is too poor by now is refused, as any new call would be.
    const [result] = await batches.hold(request).catch(() => [undefined]);
    expect(result?.outcome).not.toBe('held');
    for (const leg of request.legs) {
      const wallet = customers.findIndex(({ walletId }) => walletId === leg.walletId);
      if (result) model.touch(wallet, nowMs());
    }
  }

  return {
    model,
    systemTotals: async () => {
      const rows = await books.db.query<{ system: string; total: bigint }>(
        `select system, abs(sum(amount))::bigint as total from entry
         where platform_id = $1 and system is not null group by system`,
        [books.platformId],
      );
      const total = (system: string) => rows.find((row) => row.system === system)?.total ?? 0n;
      return { breakage: total('breakage'), overrun: total('overrun'), lost: total('lost') };
    },
    step: async () => {
      batches.now = new Date(nowMs() + random(random(20) === 0 ? 3_600_000 : 8_000));
      const act = pick([grant, grant, hold, hold, hold, settle, settle, settle, repeatHold]);
      await act?.();
    },
    resolveAll: async () => {
      for (const callId of model.calls('open')) await send([settlement(callId)]);
    },
    compare: async (label: string) => {
      const rows = await books.db.query<{ id: bigint; balance: bigint; held: bigint }>(
        'select id, balance, held from wallet where id = any ($1)',
        [customers.map(({ walletId }) => walletId)],
      );
      const found = customers.map(({ walletId }) => {
        const row = rows.find(({ id }) => id === walletId);
        return [row?.balance, row?.held];
      });
      const expected = customers.map((_, wallet) => [model.balance(wallet), model.held(wallet)]);
      expect(found, label).toEqual(expected);
    },
  };
}
