import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callStartMs,
  createIds,
  formatCallId,
  formatRowId,
  lowestCallIdAt,
  parseCallId,
  parseRowId,
  systemClock,
  systemRandom,
} from './index.ts';

const at = (nowMs: number) => ({ ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs });
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('ids', () => {
  it('a call id is a version 7 UUID that carries its start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (startMs) => {
        const id = createIds(at(startMs), systemRandom).callId();
        expect(id).toMatch(uuidV7);
        expect(callStartMs(id)).toBe(startMs);
        expect(id >= lowestCallIdAt(startMs)).toBe(true);
        expect(id < lowestCallIdAt(startMs + 1) || startMs === 2 ** 48 - 1).toBe(true);
      }),
    );
  });

  it('ten thousand call ids of one millisecond are all different', () => {
    const ids = createIds(at(1_800_000_000_000), systemRandom);
    expect(new Set(Array.from({ length: 10_000 }, () => ids.callId())).size).toBe(10_000);
  });

  it('row ids rise strictly within a process, also when the clock goes back', () => {
    let nowMs = 1_800_000_000_000;
    const ids = createIds({ ...systemClock, nowMs: () => nowMs }, systemRandom);
    let last = 0n;
    for (let index = 0; index < 5_000; index += 1) {
      nowMs += index % 7 === 0 ? -3 : 1;
      const id = ids.rowId();
      expect(id > last && id < 2n ** 63n).toBe(true);
      last = id;
    }
  });

  it('an outside id is read back as what it was, and in the order of time', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        expect(formatCallId(one)).toMatch(/^req_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        expect(parseCallId(formatCallId(one))).toBe(one);
        expect(formatCallId(one) < formatCallId(other)).toBe(one < other);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (id) => {
        expect(parseRowId('acc', formatRowId('acc', id))).toBe(id);
      }),
    );
  });

  it.each([
    '',
    'req_',
    'req_zzzzzzzzzzzzzzzzzzzzzzzzzz',
    'req_01m7we38xbfys9nj6224fp0pz',
    'req_01m7we38xbfys9nj6224fp0pzu',
    'acc_01m7we38xbfys9nj6224fp0pz4',
  ])('%j is not a call id', (text) => {
    expect(parseCallId(text)).toBeUndefined();
  });
});
