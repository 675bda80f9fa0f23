import type { Db } from '../src/db/index.ts';
import {
  createIds,
  createLog,
  createSecretBox,
  type MacKey,
  systemClock,
  systemRandom,
} from '../src/kernel/index.ts';
import { type Sealer, startSealer, type Tail, verifySeal } from '../src/ledger/index.ts';
import { openBatches } from './batches.ts';
import { type Books, type Customer, holdOf, legOf, seedCustomer, settlementOf } from './books.ts';

export const journalKey: MacKey = createSecretBox(Buffer.alloc(32, 7), systemRandom).macKey('test');

/** Call ids as they were made so long ago. */
export function idsBefore(ageMs: number): () => string {
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() - ageMs };
  return createIds(clock, systemRandom).callId;
}

/** A sealer that seals at once whatever is final, however young it is. */
export function openSealer(db: Db, more: Partial<Parameters<typeof startSealer>[0]> = {}): Sealer {
  return startSealer({
    db,
    clock: systemClock,
    log: createLog('silent'),
    key: journalKey,
    lagMs: 0,
    restMs: 0,
    ...more,
  });
}

/** Seals all calls that are final, and of the transfers those that can be known to be. */
export async function sealAll(db: Db, key = journalKey): Promise<void> {
  const sealer = openSealer(db, { key });
  await sealer.seal();
  await sealer.seal();
  await sealer.close();
}

/**
 * Seals until nothing is left, or only what is expected: a transfer waits for every transaction on
 * the server that was under way, those of other tests among them.
 */
export async function sealUntil(
  db: Db,
  isDone = (tail: Tail) => tail.calls + tail.transfers === 0,
  key = journalKey,
): Promise<void> {
  const sealer = openSealer(db, { key });
  do await sealer.seal();
  while (!isDone((await verifySeal(db, key)).tail));
  await sealer.close();
}

/** The calls that {@link writeJournal} makes, by what became of them. */
export interface Journal {
  readonly customer: Customer;
  readonly settled: string;
  readonly overrun: string;
  readonly released: string;
  readonly expired: string;
  readonly open: string;
  /** Of two legs. */
  readonly twofold: string;
  /** Resolves the open call. */
  settleOpen(): Promise<void>;
}

const MINUTES_MS = 60_000;

/** Calls and transfers of every kind, ten minutes old, from a process that is gone since. */
export async function writeJournal(books: Books): Promise<Journal> {
  const { db } = books;
  const now = systemClock.nowMs();
  const batches = await openBatches(db, new Date(now - 10 * MINUTES_MS));
  const customer = await seedCustomer(books, 10_000n);
  const other = await seedCustomer(books, 10_000n);
  await batches.give(customer, 100n, 1, new Date(now - 5 * MINUTES_MS));
  const newId = idsBefore(10 * MINUTES_MS);
  const leg = legOf(books, customer, 50n, { tokens: 20n });
  const ask = (...legs: (typeof leg)[]) => ({ ...holdOf(...legs), callId: newId() });
  const [settled, overrun, released, expired, open] = [
    ask(leg),
    ask(leg),
    ask(leg),
    ask(leg),
    ask(leg),
  ];
  const twofold = ask(leg, legOf(books, other, 30n));
  await batches.hold(settled, overrun, released, expired, open, twofold);
  const used = { input: 5n, output: 6n, cachedInput: 1n, other: { reasoning: 3n } };
  await batches.settle(
    settlementOf(settled, 20n, { leg: used, upstreamId: 7n }),
    settlementOf(overrun, 30_000n),
    settlementOf(released, 0n, { outcome: 'released', errorCode: 'with a (comma), "and" more' }),
    settlementOf(expired, 0n, { outcome: 'expired' }),
    settlementOf(twofold, 10n),
  );
  batches.now = new Date(now - 4 * MINUTES_MS);
  // Late: the price goes to the lost account. And the grant that has expired goes to breakage.
  await batches.settle(settlementOf(expired, 7n));
  await batches.hold(ask(legOf(books, customer, 1n)));
  await db.query('update replica set ended_at = now(), swept_at = now()');
  return {
    customer,
    settled: settled.callId,
    overrun: overrun.callId,
    released: released.callId,
    expired: expired.callId,
    open: open.callId,
    twofold: twofold.callId,
    settleOpen: async () => {
      await batches.settle(settlementOf(open, 11n));
      await batches.close();
    },
  };
}
