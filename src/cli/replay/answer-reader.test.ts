import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerReader } from './answer-reader.ts';

const USAGE =
  '{"choices":[],"usage":{"prompt_tokens":374,"completion_tokens":44,' +
  '"prompt_tokens_details":{"cached_tokens":5},' +
  '"completion_tokens_details":{"reasoning_tokens":6}}}';
const events = (...data: string[]) => data.map((one) => `data: ${one}\n\n`).join('');
const whole = events('{"a":1}', '{"b":"\u00e9"}', USAGE, '[DONE]');

function read(text: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text);
  const reader = new AnswerReader();
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((left, right) => left - right)) {
    reader.push(bytes.subarray(from, Math.min(cut, bytes.length)));
    from = Math.min(cut, bytes.length);
  }
  return reader.end();
}

test('wherever the network cuts a stream, its events, its end and its usage are the same', () => {
  const cuts = fc.array(fc.nat(Buffer.byteLength(whole)), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (places) => {
      expect(read(whole, places)).toEqual({
        events: 4,
        isDone: true,
        usage: { promptTokens: 374, cachedTokens: 5, completionTokens: 44, reasoningTokens: 6 },
      });
    }),
  );
});

test('each byte by itself gives the same, too', () => {
  const everywhere = Array.from({ length: Buffer.byteLength(whole) }, (_, index) => index);
  expect(read(whole, everywhere)).toEqual(read(whole));
});

test('a usage event that nobody asked for is not made up', () => {
  expect(read(events('{"choices":[{}],"usage":null}', '[DONE]')).usage).toBeUndefined();
  expect(read(events('[DONE]')).usage).toBeUndefined();
});

test.each([
  ['is cut before [DONE]', events('{"a":1}', USAGE)],
  ['is cut within [DONE]', `${events(USAGE)}data: [DON`],
  ['goes on after [DONE]', events(USAGE, '[DONE]', '{"error":{}}')],
  ['says [DONE] in a text only', events('{"text":"data: [DONE]"}')],
  ['is empty', ''],
])('a stream that %s is not done', (_, text) => {
  expect(read(text).isDone).toBe(false);
});

test('a stream much longer than what is kept of it is counted whole', () => {
  const long = events(...Array.from({ length: 5_000 }, () => '{"delta":"word"}'), USAGE, '[DONE]');
  expect(read(long, [70_000, 70_001])).toMatchObject({ events: 5_002, isDone: true });
  expect(read(long).usage).toMatchObject({ promptTokens: 374 });
});
