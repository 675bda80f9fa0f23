import { expect, test } from 'vitest';
import { inspectChatChunk } from './chat-chunk.ts';
import { createDeliveredText } from './delivered-text.ts';

const inspect = (value: unknown) => inspectChatChunk(Buffer.from(JSON.stringify(value)));
const delta = (content: string, more: object = {}) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
  usage: null,
  ...more,
});

test('a chunk that only brings text is told without being parsed', () => {
  expect(inspect(delta('hello'))).toEqual({ kind: 'delta' });
  const spaced =
    '{"choices": [{"finish_reason": null, "delta": {}}], "usage" :  null, "error": null}';
  expect(inspectChatChunk(Buffer.from(spaced))).toEqual({ kind: 'delta' });
  expect(inspectChatChunk(Buffer.from('{"choices":[{"delta":{"content":"cut'))).toEqual({
    kind: 'delta',
  });
});

test('a text that talks about usage, errors or empty choices is still only text', () => {
  const text =
    'say {"usage": {"prompt_tokens": 1}, "error": {}, "choices": [], "finish_reason":"x"}';
  expect(inspect(delta(text))).toEqual({ kind: 'delta' });
  expect(inspect(delta('"usage"'))).toEqual({ kind: 'delta' });
});

test('[DONE] is the end', () => {
  expect(inspectChatChunk(Buffer.from('[DONE]')).kind).toBe('done');
  expect(inspectChatChunk(Buffer.from('[DONE] ')).kind).toBe('done');
});

test('the last chunk of include_usage is told by its empty choices and its usage', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 };
  const chunk = inspect({ choices: [], usage });
  expect(chunk).toMatchObject({ kind: 'notable', hasNoChoices: true, usage });
});

test('usage that comes with the finish chunk is found beside its finish reason', () => {
  const usage = { prompt_tokens: 0, completion_tokens: 0 };
  const chunk = inspect({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage });
  expect(chunk).toMatchObject({ usage, finished: [0], hasNoChoices: false });
});

test('an empty finish reason ends nothing, a real one its own choice', () => {
  const ending = (index: number, finish_reason: string) => ({ index, delta: {}, finish_reason });
  expect(inspect({ choices: [ending(0, '')] })).toEqual({ kind: 'delta' });
  expect(inspect({ choices: [ending(1, 'length'), ending(0, '')] }).finished).toEqual([1]);
});

test('an error is found, and a null error is none', () => {
  expect(inspect({ error: { message: 'no' } }).error).toEqual({ message: 'no' });
  expect(inspect({ error: 'overloaded' }).error).toBe('overloaded');
  for (const error of [null, '', false]) expect(inspect(delta('x', { error })).kind).toBe('delta');
});

test('a chunk that claims something notable but is not JSON is broken', () => {
  expect(inspectChatChunk(Buffer.from('{"usage":{')).kind).toBe('broken');
});

const deliver = (values: readonly unknown[], maxCharacters?: number) => {
  const delivered = createDeliveredText(maxCharacters);
  for (const value of values) delivered.add(Buffer.from(JSON.stringify(value)));
  return delivered.read();
};

test('delivered text is kept per choice and kind, with tool calls whole', () => {
  const call = (index: number, part: object) => ({ index, function: part });
  const { texts } = deliver([
    { choices: [{ index: 0, delta: { role: 'assistant', content: 'He' } }] },
    { choices: [{ index: 1, delta: { content: 'other' } }] },
    { choices: [{ index: 0, delta: { content: 'llo', reasoning_content: 'hm' } }] },
    { choices: [{ index: 0, delta: { tool_calls: [call(0, { name: 'f', arguments: '{"a"' })] } }] },
    { choices: [{ index: 0, delta: { tool_calls: [call(0, { arguments: ':1}' })] } }] },
    { error: { message: 'an error text is never counted' } },
  ]);
  expect(texts.sort()).toEqual(['Hello', 'f', 'hm', 'other', '{"a":1}'].sort());
});

test('a whole answer is read like a stream', () => {
  const message = { role: 'assistant', content: 'Hi', refusal: null };
  expect(deliver([{ choices: [{ index: 0, message }] }]).texts).toEqual(['Hi']);
});

test('text beyond the bound is only counted in characters', () => {
  const chunks = [delta('12345'), delta('67890'), delta('xyz')];
  expect(deliver(chunks, 7)).toEqual({ texts: ['1234567'], overflowCharacters: 6 });
});

test('a long stream is folded on the way and loses nothing', () => {
  const chunks = Array.from({ length: 5000 }, (_, index) => delta(`word${index} `));
  const expected = chunks.map((_, index) => `word${index} `).join('');
  expect(deliver(chunks).texts).toEqual([expected]);
});
