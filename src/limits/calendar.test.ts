import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createCalendar } from './calendar.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const windowOf = (at: string, window: 'day' | 'month', timeZone: string) => {
  const { startMs, endMs } = createCalendar().windowAt(new Date(at), window, timeZone);
  return [new Date(startMs), new Date(endMs)].map((one) => one.toISOString().slice(0, 19));
};

describe('a window of the calendar', () => {
  test.each<[string, 'day' | 'month', string, from: string, until: string]>([
    ['UTC', 'day', '2026-11-20T10:00:00Z', '2026-11-20T00:00:00', '2026-11-21T00:00:00'],
    ['Asia/Kolkata', 'day', '2026-02-28T18:29:59Z', '2026-02-27T18:30:00', '2026-02-28T18:30:00'],
    ['Asia/Kolkata', 'month', '2026-02-28T18:30:00Z', '2026-02-28T18:30:00', '2026-03-31T18:30:00'],
    // 23 hours, then 25.
    [
      'America/New_York',
      'day',
      '2026-03-08T07:00:00Z',
      '2026-03-08T05:00:00',
      '2026-03-09T04:00:00',
    ],
    [
      'America/New_York',
      'day',
      '2026-11-01T06:00:00Z',
      '2026-11-01T04:00:00',
      '2026-11-02T05:00:00',
    ],
    // A midnight that does not exist, and one that comes twice.
    ['Africa/Cairo', 'day', '2026-04-23T23:00:00Z', '2026-04-23T22:00:00', '2026-04-24T21:00:00'],
    ['America/Havana', 'day', '2026-10-31T12:00:00Z', '2026-10-31T04:00:00', '2026-11-01T04:00:00'],
    ['UTC', 'month', '2028-02-29T23:59:59Z', '2028-02-01T00:00:00', '2028-03-01T00:00:00'],
  ])('in %s is the %s of %s: from %s until %s', (timeZone, window, at, from, until) => {
    expect(windowOf(at, window, timeZone)).toEqual([from, until]);
  });

  test('is the one that the ledger counts in, at any time in any of these zones', async () => {
    const calendar = createCalendar();
    const zones = [
      'UTC',
      'Asia/Kolkata',
      'America/New_York',
      'Africa/Cairo',
      'Pacific/Apia',
      'America/Havana',
      'Atlantic/Azores',
    ];
    const anyAsked = fc.record({
      at: fc.date({
        min: new Date('2024-01-01'),
        max: new Date('2027-01-01'),
        noInvalidDate: true,
      }),
      window: fc.constantFrom('day' as const, 'month' as const),
      timeZone: fc.constantFrom(...zones),
    });
    await fc.assert(
      fc.asyncProperty(anyAsked, async ({ at, window, timeZone }) => {
        const { startMs, endMs } = calendar.windowAt(at, window, timeZone);
        const [row] = await database.db.query<{ first: boolean; after: boolean }>(
          `select window_start($1, $2, $5) = $3::timestamptz as first,
             window_start($1, $4, $5) = $4::timestamptz as after`,
          [window, at, new Date(startMs), new Date(endMs), timeZone],
        );
        expect([startMs <= at.getTime(), at.getTime() < endMs, row]).toEqual([
          true,
          true,
          { first: true, after: true },
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
