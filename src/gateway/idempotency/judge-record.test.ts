import { describe, expect, it } from 'vitest';
import { HOLD_PATIENCE_MS, judgeRecord, type RecordState, type Verdict } from './judge-record.ts';

const [BODY, OTHER_BODY] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const asking = { callId: 'mine', fingerprint: BODY };

/** A record that was claimed a moment ago for another call. */
const claimed: RecordState = {
  callId: 'theirs',
  fingerprint: BODY,
  ageMs: 10,
  isConcluded: false,
  hasAnswer: false,
  isHeld: false,
  outcome: null,
};
const held = { ...claimed, isHeld: true };
const concluded = { ...held, isConcluded: true };
const answered = { ...concluded, hasAnswer: true };
const late = { ageMs: HOLD_PATIENCE_MS };

// Each row is a state that a record can be in, and what a repeat with the same body gets in it.
const TABLE: readonly (readonly [state: string, record: RecordState, verdict: Verdict])[] = [
  ['claimed, nothing held yet', claimed, 'running'],
  ['claimed, and its process has died', { ...claimed, ...late }, 'run_anew'],
  ['held', held, 'running'],
  ['held for long: its hold decides, not its age', { ...held, ...late }, 'running'],
  ['held, answer put down', answered, 'running'],
  ['held, answer broken off or too large', concluded, 'running'],
  ['charged, answer put down', { ...answered, outcome: 'settled' }, 'replay'],
  ['charged, answer put down, later', { ...answered, ...late, outcome: 'settled' }, 'replay'],
  ['charged, answer not kept', { ...concluded, outcome: 'settled' }, 'not_kept'],
  ['released before any answer', { ...held, outcome: 'released' }, 'run_anew'],
  ['released, answer put down', { ...answered, outcome: 'released' }, 'run_anew'],
  ['expired before any answer', { ...held, outcome: 'expired' }, 'run_anew'],
  ['expired, answer put down', { ...answered, outcome: 'expired' }, 'run_anew'],
  ['expired, answer not kept', { ...concluded, outcome: 'expired' }, 'run_anew'],
  ['its rows dropped', { ...concluded, ...late, isHeld: false }, 'not_kept'],
  ['its rows dropped, answer put down', { ...answered, ...late, isHeld: false }, 'not_kept'],
];

describe('a key whose record is', () => {
  it.each(TABLE)('%s', (_, record, verdict) => {
    expect(judgeRecord(record, asking)).toBe(verdict);
  });

  it.each(TABLE)('%s: refuses another body', (_, record) => {
    const other = { ...asking, fingerprint: OTHER_BODY };
    expect(judgeRecord(record, other)).toBe('other_body');
  });

  it.each(TABLE)('%s: is recognised by the call that it names', (_, record) => {
    expect(judgeRecord({ ...record, callId: asking.callId }, asking)).toBe('mine');
  });
});

it('nothing is run anew that was charged, or that may still be', () => {
  const flags = [false, true];
  const states = flags.flatMap((isHeld) =>
    flags.flatMap((isConcluded) =>
      flags.flatMap((hasAnswer) =>
        ([null, 'settled', 'released', 'expired'] as const).map((outcome) => ({
          ...claimed,
          ...late,
          isHeld,
          isConcluded,
          hasAnswer,
          outcome,
        })),
      ),
    ),
  );
  const anew = states.filter((state) => judgeRecord(state, asking) === 'run_anew');
  for (const { outcome, isHeld, isConcluded } of anew) {
    const costNothing = outcome === 'released' || outcome === 'expired';
    expect(costNothing || (!isHeld && !isConcluded)).toBe(true);
  }
  expect(anew).not.toEqual([]);
});
