import { expect, vi } from 'vitest';
import type { Db } from '../../src/db/index.ts';
import { parseAmount, parseCallId } from '../../src/kernel/index.ts';
import type { Told } from './repeating-callers.ts';

const NANO = 9;

/** Looks at all wallets all the time, and keeps what must never be seen. */
export function watchWallets(db: Db) {
  const seen: unknown[] = [];
  let looks = 0;
  const look = async () => {
    const below = await db.query(
      'select id, balance, held from wallet where balance < 0 or held < 0 or held > balance',
    );
    looks += 1;
    seen.push(...below);
  };
  // The database is away at times; whoever looks then sees nothing.
  const timer = setInterval(() => void look().catch(() => undefined), 100);
  return {
    stop: () => {
      clearInterval(timer);
      return { seen, looks };
    },
  };
}

/** Waits until no hold is open: those of processes that died take up to a minute. */
export function untilNothingIsHeld(db: Db): Promise<void> {
  return vi.waitFor(
    async () => {
      const open = await db.query(
        `select h.id from hold h left join call c on c.id = h.id and c.leg = h.leg
         where c.id is null`,
      );
      expect(open).toEqual([]);
    },
    { timeout: 180_000, interval: 500 },
  );
}

/**
 * Every answer that a client has whole was charged once and as it was told, and nothing was charged
 * besides: each call was repeated until it was answered.
 */
export async function expectOneChargeEach(db: Db, { completed }: Told): Promise<void> {
  const rows = await db.query<{ id: string; outcome: string; charge: bigint }>(
    `select id, outcome, charge from call where outcome = 'settled' or charge > 0`,
  );
  const charges = new Map(rows.map(({ id, charge }) => [id, charge]));
  const keys = new Set(completed.map(({ idempotencyKey }) => idempotencyKey));
  const calls = new Set(completed.map(({ requestId }) => requestId));
  expect([keys.size, calls.size]).toEqual([completed.length, completed.length]);
  const wrong = completed.filter(
    ({ requestId, cost }) => charges.get(parseCallId(requestId) ?? '') !== parseAmount(cost, NANO),
  );
  expect(wrong).toEqual([]);
  expect(rows.filter(({ outcome }) => outcome !== 'settled')).toEqual([]);
  expect(rows).toHaveLength(completed.length);
  const sum = (amounts: readonly bigint[]) => amounts.reduce((one, other) => one + other, 0n);
  expect(sum(rows.map(({ charge }) => charge))).toBe(
    sum(completed.map(({ cost }) => parseAmount(cost, NANO) ?? 0n)),
  );
}
