import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../kernel/index.ts';
import type { Finding } from './caller.ts';
import { createKeyMemory, type KeyMemory } from './key-memory.ts';

const unknown: Finding = { refusal: 'unknown' };
const good = {
  ...{ caller: { keyId: 1n }, leftMs: Infinity, changesInMs: Infinity },
} as unknown as Finding;

let nowMs = 0;
let memory: KeyMemory;
beforeEach(() => {
  nowMs = 1_000;
  memory = createKeyMemory({ ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs });
});

/** After so many milliseconds since it was asked, is it still believed? */
function isBelievedAfter(ms: number, finding: Finding, isTold: boolean): boolean {
  memory.setTold(isTold);
  memory.remember('hash', finding, nowMs);
  nowMs += ms;
  return memory.recall('hash') === finding;
}

test.each([
  ['a good key for ten seconds where changes are told', good, true, 10_000],
  ['a good key for 400 ms where they are not', good, false, 400],
  ['a bad key for a second', unknown, true, 1_000],
  ['a bad key for 400 ms where changes are not told', unknown, false, 400],
])('what the database said is believed: %s', (_, finding, isTold, untilMs) => {
  expect(isBelievedAfter(untilMs - 1, finding, isTold)).toBe(true);
  expect(isBelievedAfter(untilMs, finding, isTold)).toBe(false);
});

test('what was learnt while changes were told is doubted once they are not, and then not', () => {
  memory.setTold(true);
  memory.remember('hash', good, nowMs);
  nowMs += 500;
  memory.setTold(false);
  expect(memory.recall('hash')).toBeUndefined();
  memory.setTold(true);
  expect(memory.recall('hash')).toBe(good);
});

test('an answer that was long on its way is old when it comes', () => {
  memory.remember('hash', good, nowMs - 399);
  expect(memory.recall('hash')).toBe(good);
  nowMs += 1;
  expect(memory.recall('hash')).toBeUndefined();
});

test('a good key is believed no longer than its account is on its plan', () => {
  const changing = { ...good, changesInMs: 1_500 } as Finding;
  expect(isBelievedAfter(1_499, changing, true)).toBe(true);
  expect(isBelievedAfter(1_500, changing, true)).toBe(false);
});
