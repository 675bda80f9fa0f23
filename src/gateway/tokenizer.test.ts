import fc from 'fast-check';
import { countTokens as countWhole } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, expect, test } from 'vitest';
import { listPromptTexts } from './prompt-texts.ts';
import { cutIntoPieces } from './text-pieces.ts';
import { createTokenWorker } from './token-worker.ts';
import { createTokenizer } from './tokenizer.ts';

const tokenizer = createTokenizer();
afterAll(() => tokenizer.close());

const prose = 'The quick brown fox, aged 12, jumps over the lazy dog; "why?" asked nobody.\n';

test('short and long prose count exactly as the encoding does on the whole text', async () => {
  for (const times of [1, 50, 2000]) {
    const text = prose.repeat(times);
    expect(await tokenizer.countTokens(text)).toBe(countWhole(text));
  }
});

test('an empty text has no tokens', async () => {
  expect(await tokenizer.countTokens('')).toBe(0);
});

test('a text that spells a control token is counted as text', async () => {
  expect(await tokenizer.countTokens('<|endoftext|>')).toBeGreaterThan(1);
});

test('long and short texts give the same count, in the worker as here', async () => {
  const short = prose.repeat(100);
  const [one, ten] = await Promise.all([
    tokenizer.countTokens(short),
    tokenizer.countTexts(Array.from({ length: 10 }, () => short)),
  ]);
  expect(ten).toBe(one * 10);
});

test('a text without any boundary is cut into pieces of bounded length', () => {
  for (const text of ['x'.repeat(100_000), ' \u00a0'.repeat(50_000), '!\n/'.repeat(30_000)]) {
    const pieces = cutIntoPieces(text);
    expect(pieces.join('')).toBe(text);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(512);
  }
});

test('pieces put together are the text and no surrogate pair is cut', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 300, maxLength: 2000 });
  fc.assert(
    fc.property(text, (value) => {
      const pieces = cutIntoPieces(value);
      expect(pieces.join('')).toBe(value);
      for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
    }),
    { numRuns: 50 },
  );
});

test('beyond the bound a text is taken to go on as it began', async () => {
  const half = 'a '.repeat(1_000_000);
  const [once, twice] = [
    await tokenizer.countTokens(half),
    await tokenizer.countTokens(half + half),
  ];
  expect(twice).toBe(once * 2);
});

test('after closing, a long text is estimated by its length instead of failing', async () => {
  const closing = createTokenizer();
  const pending = closing.countTokens(prose.repeat(1000));
  await closing.close();
  expect(await pending).toBe(Math.ceil((prose.length * 1000) / 4));
  expect(await closing.countTokens('x '.repeat(20_000))).toBe(10_000);
});

test('a worker that cannot run fails each of its jobs and leaves none waiting', async () => {
  const worker = createTokenWorker('/nowhere/at/all.js');
  expect(await Promise.all([worker.count(['a']), worker.count(['b'])])).toEqual([
    undefined,
    undefined,
  ]);
  await worker.close();
});

test('messages count their role, content, name, tools and calls', async () => {
  const request = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', name: 'ann', content: [{ type: 'text', text: 'Hello there' }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
    ],
    tools: [{ type: 'function', function: { name: 'f' } }],
  };
  const texts = ['system', 'Be brief.', 'user', 'ann', 'Hello there', 'assistant', 'f', '{}'];
  texts.push(JSON.stringify(request.tools));
  const expected = texts.reduce((sum, text) => sum + countWhole(text), 3 * 3 + 1 + 3);
  expect(await tokenizer.countMessages(request)).toBe(expected);
});

test('images, audio and files are not counted by the letters that encode them', () => {
  const data = 'A'.repeat(64_000);
  const count = (part: object) => {
    const { texts, fixedTokens } = listPromptTexts({ messages: [{ content: [part] }] });
    expect(texts).toEqual([]);
    return fixedTokens - 6;
  };
  expect(count({ type: 'image_url', image_url: { url: `data:${data}` } })).toBe(765);
  expect(count({ type: 'image_url', image_url: { url: data, detail: 'low' } })).toBe(85);
  expect(count({ type: 'input_audio', input_audio: { data, format: 'wav' } })).toBe(10);
  expect(count({ type: 'input_audio', input_audio: { data, format: 'mp3' } })).toBe(30);
  expect(count({ type: 'file', file: { file_data: data } })).toBe(12_000);
});

test('an unknown part and nonsense are counted by their JSON text', () => {
  const parts = [{ type: 'new', thing: [1] }, 7];
  const { texts } = listPromptTexts({ messages: [{ content: parts, extra: { a: 1 } }, 'odd'] });
  expect(texts).toEqual(['{"type":"new","thing":[1]}', '7', '{"a":1}', 'odd']);
  expect(listPromptTexts({ messages: 'none' })).toMatchObject({ texts: [], fixedTokens: 3 });
});
