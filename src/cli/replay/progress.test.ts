import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { faultlessRun } from '../../../test/replayed.ts';
import { systemClock } from '../../kernel/index.ts';
import { describeProgress, startProgress } from './progress.ts';

const [received] = faultlessRun(1, { accounts: 1, keysPerAccount: 1 }).run.received;
if (received === undefined) throw new Error('a run of one call has one');
const paid = { ...received, cost: '0.5' };

let nowMs = 0;
let written = '';
const clock = { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs };
const host = (isTerminal: boolean, columns = 100) => ({
  isTerminal,
  columns,
  writeError: (text: string) => {
    written += text;
  },
});
const pass = (forMs: number) => {
  for (const endMs = nowMs + forMs; nowMs < endMs; vi.advanceTimersByTime(100)) nowMs += 100;
};

beforeEach(() => {
  vi.useFakeTimers();
  [nowMs, written] = [0, ''];
});
afterEach(() => {
  vi.useRealTimers();
});

test('it says how many are done, how fast, for how much, and how long it will take', () => {
  const state = { done: 1_500, total: 19_366, seconds: 10, cost: 1_250_000_001n };
  expect(describeProgress(state)).toBe(
    '1,500 of 19,366 requests, 150/s, 1.250000001 USD, 120 s left',
  );
});

test('at a terminal one line is drawn over and over, no wider than the window', () => {
  const progress = startProgress({ host: host(true, 40), clock, total: 2 });
  progress.received(paid);
  pass(1_000);
  progress.end();
  const draws = written.split('\r').slice(1);
  expect(draws.length).toBeGreaterThanOrEqual(5);
  for (const draw of draws) {
    expect(draw).toMatch(/^\[#{12}\.{12}\] 1 of 2 r/);
    expect(draw.trimEnd().replace('\u001b[K', '').length).toBeLessThan(40);
  }
  expect(written.endsWith('\n')).toBe(true);
});

test('a terminal that does not say how wide it is gets a line of the usual width', () => {
  startProgress({ host: host(true, 0), clock, total: 2 }).end();
  expect(written).toContain('] 0 of 2 requests, 0/s, 0 USD, starting');
});

test('without a terminal there is a plain line every few seconds and one at the end', () => {
  const progress = startProgress({ host: host(false), clock, total: 2 });
  progress.received(paid);
  pass(12_000);
  progress.received(paid);
  progress.end();
  const lines = written.split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe('1 of 2 requests, 0/s, 0.5 USD, 5 s left');
  expect(lines[2]).toContain('2 of 2 requests');
  expect(written).not.toContain('\r');
});

test('nothing is written after the end', () => {
  const progress = startProgress({ host: host(false), clock, total: 1 });
  progress.end();
  const before = written;
  pass(60_000);
  expect(written).toBe(before);
});
