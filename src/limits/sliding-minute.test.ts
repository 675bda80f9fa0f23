import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBatches } from '../../test/batches.ts';
import { holdOf, legOf, seedBooks, seedCustomer } from '../../test/books.ts';
import { openTestDatabase } from '../../test/database.ts';
import { type MinuteCounter, readMinuteCounter } from '../ledger/index.ts';
import { untilNextMinuteMs, untilRoomMs } from './sliding-minute.ts';

const MINUTE = Date.parse('2026-11-20T10:00:00Z');
const atSecond = (second: number) => new Date(MINUTE + second * 1_000);

/** How src/ledger/sql/counters.sql counts a sliding minute, in exact arithmetic. */
function usedAt({ start, current, previous }: MinuteCounter, ms: number): bigint {
  const leftMs = BigInt(60_000 - (ms % 60_000));
  const fading = (count: bigint) => (count * leftMs + 59_999n) / 60_000n;
  const age = (ms - (ms % 60_000) - start.getTime()) / 60_000;
  if (age <= 0) return current + fading(previous);
  return age === 1 ? fading(current) : 0n;
}

test('a minute ends where its sixty seconds do', () => {
  expect(untilNextMinuteMs(new Date('2026-11-20T10:00:59.250Z'))).toBe(750);
  expect(untilNextMinuteMs(new Date('2026-11-20T10:01:00.000Z'))).toBe(60_000);
});

describe('a sliding minute has room again', () => {
  test.each([
    ['at once where there is room', 0, 0n, 5n, 10n, 1n, 0],
    ['when so much of the last minute has left', 30, 0n, 10n, 10n, 6n, 6_001],
    ['when one of the next minute has left', 10, 10n, 0n, 10n, 1n, 56_001],
    ['a moment later, in the steady state', 30, 300n, 600n, 600n, 1n, 101],
    ['only when all have left, for a call as large as the limit', 30, 1n, 0n, 10n, 10n, 90_001],
  ])('%s', (_, second, current, previous, cap, amount, ms) => {
    const counter = { at: atSecond(second), start: atSecond(0), current, previous };
    expect(untilRoomMs(counter, amount, cap)).toBe(ms);
  });

  test('at once where nothing was counted lately', () => {
    const counter = { at: atSecond(130), start: atSecond(0), current: 9n, previous: 9n };
    expect(untilRoomMs(counter, 9n, 9n)).toBe(0);
  });

  test('a millisecond after there was none, whatever was counted', () => {
    const count = fc.bigInt(0n, 2_000n);
    const anyCounter = fc.record({
      at: fc.integer({ min: 0, max: 119_999 }).map((ms) => new Date(MINUTE + ms)),
      start: fc.constant(atSecond(0)),
      current: count,
      previous: count,
    });
    const anyCall = fc
      .tuple(fc.bigInt(1n, 1_000n), fc.bigInt(0n, 1_000n))
      .map(([amount, more]) => ({ amount, cap: amount + more }));
    fc.assert(
      fc.property(anyCounter, anyCall, (counter, { amount, cap }) => {
        const ms = untilRoomMs(counter, amount, cap);
        const roomAt = (later: number) =>
          usedAt(counter, counter.at.getTime() + later) + amount <= cap;
        expect(roomAt(ms)).toBe(true);
        if (ms > 0) expect(roomAt(ms - 2)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('the wait that is told is the one that the ledger admits after', async () => {
  const database = await openTestDatabase();
  const books = await seedBooks(database.db);
  const customer = await seedCustomer(books, 10_000n);
  const batches = await openBatches(database.db, atSecond(59));
  const claims = [{ counter: 'key.minute.requests', amount: 1n, cap: 60n }] as const;
  const admitted = async (...times: number[]) => {
    const requests = times.map(() => holdOf(legOf(books, customer, 1n, { claims })));
    const results = await batches.hold(...requests);
    return results.filter(({ outcome }) => outcome === 'held').length;
  };
  const many = Array.from({ length: 100 }, (_, index) => index);
  // Full at a minute's end, again in the middle of the next, and at the end of that.
  for (const second of [59, 90, 119]) {
    batches.now = atSecond(second);
    expect(await admitted(...many)).toBeGreaterThan(0);
    const counter = await readMinuteCounter(database.db, 'key.minute.requests', customer.keyId);
    if (counter === undefined) throw new Error('the key does not exist');
    const ms = untilRoomMs({ ...counter, at: batches.now }, 1n, 60n);
    batches.now = new Date(atSecond(second).getTime() + ms - 2);
    expect(await admitted(1)).toBe(0);
    batches.now = new Date(atSecond(second).getTime() + ms);
    expect(await admitted(1)).toBe(1);
  }
  await batches.close();
  await database.close();
});
