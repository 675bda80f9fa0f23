import { expect, test } from 'vitest';
import { readTrace } from './trace.ts';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

test('rows have their line in the file, the time since the first one, and their tokens', () => {
  const text = `${HEADER}\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.6811,396,0`;
  const [first, second, ...rest] = readTrace(text);
  expect(first).toEqual({ line: 2, atMs: 0, contextTokens: 374, generatedTokens: 44 });
  expect(second).toMatchObject({ line: 3, contextTokens: 396, generatedTokens: 0 });
  expect(second?.atMs).toBeCloseTo(4_000.51, 3);
  expect(rest).toEqual([]);
});

test('only as many rows are read as asked for, whatever comes after them', () => {
  const text = `${HEADER}\n2023-11-16 18:15:46,1,2\nbroken\n`;
  expect(readTrace(text, 1)).toHaveLength(1);
  expect(() => readTrace(text, 2)).toThrow('Line 3');
});

test.each([
  ['another header', 'time,in,out\n2023-11-16 18:15:46,1,2', 'Line 1'],
  ['a file without requests', `${HEADER}\n`, 'no request'],
  ['a missing column', `${HEADER}\n2023-11-16 18:15:46,1`, 'Line 2'],
  ['a column too many', `${HEADER}\n2023-11-16 18:15:46,1,2,3`, 'Line 2'],
  ['a negative number', `${HEADER}\n2023-11-16 18:15:46,-1,2`, 'Line 2'],
  ['a fraction of a token', `${HEADER}\n2023-11-16 18:15:46,1.5,2`, 'Line 2'],
  ['absurdly many tokens', `${HEADER}\n2023-11-16 18:15:46,1000001,2`, 'at most 1000000'],
  ['a day that does not exist', `${HEADER}\n2023-02-30 18:15:46,1,2`, 'no time 2023-02-30'],
  ['a blank line in between', `${HEADER}\n2023-11-16 18:15:46,1,2\n\n`, 'Line 3'],
  [
    'a row out of order',
    `${HEADER}\n2023-11-16 18:15:46,1,2\n2023-11-16 18:15:45,1,2`,
    'before the line above it',
  ],
])('%s is refused and the line is named', (_, text, problem) => {
  expect(() => readTrace(text)).toThrow(problem);
});
