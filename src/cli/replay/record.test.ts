import { expect, test } from 'vitest';
import { faultlessRun } from '../../../test/replayed.ts';
import { readRecord, writeRecord } from './record.ts';

const { run } = faultlessRun(5, { accounts: 2, keysPerAccount: 1 });

test('a run that is kept and read again is the same run, in the order of the trace', () => {
  const usages = run.received.map(({ usage, ...one }) => ({
    ...one,
    usage: usage && {
      promptTokens: usage.promptTokens,
      cachedTokens: usage.cachedTokens,
      completionTokens: usage.completionTokens,
      reasoningTokens: usage.reasoningTokens,
    },
  }));
  const mixed = { ...run, received: [...usages].reverse() };
  expect(readRecord(writeRecord(mixed))).toEqual({ ...run, received: usages });
});

test('a call that failed keeps why', () => {
  const failed = {
    line: 2,
    status: 0,
    requestId: undefined,
    hold: undefined,
    cost: undefined,
    balance: undefined,
    events: 0,
    isDone: false,
    usage: undefined,
    problem: 'connect ECONNREFUSED',
  };
  const text = writeRecord({ ...run, received: [failed] });
  expect(readRecord(text).received).toEqual([failed]);
});

test.each([
  ['no JSON', 'hello', 'Line 1'],
  ['another header', '{"platform":"x"}', 'Line 1'],
  ['a broken call', `${writeRecord(run)}{"line":1}\n`, 'Line 7'],
])('%s is refused and the line is named', (_, text, problem) => {
  expect(() => readRecord(text)).toThrow(problem);
});
