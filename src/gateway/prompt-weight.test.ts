import { expect, test } from 'vitest';
import { weighPrompt } from './prompt-weight.ts';

const weigh = (...content: unknown[]) => {
  const request = { messages: [{ role: 'user', content }] };
  const bytes = Buffer.byteLength(JSON.stringify(request));
  return { bytes, ...weighPrompt(request, bytes) };
};

test('a prompt of texts weighs its bytes', () => {
  const { bytes, ...weight } = weigh({ type: 'text', text: 'Hello' }, 'odd', null, [1]);
  expect(weight).toEqual({ textBytes: bytes, mediaTokens: 0 });
  expect(weighPrompt({ messages: [{ role: 'user', content: 'Hi' }] }, 50).textBytes).toBe(50);
  expect(weighPrompt({ messages: 'none' }, 9)).toEqual({ textBytes: 9, mediaTokens: 0 });
});

test('a picture weighs the same as an address and embedded, whatever its size', () => {
  const address = weigh({ type: 'image_url', image_url: { url: 'https://a.example/b.png' } });
  expect([address.textBytes, address.mediaTokens]).toEqual([address.bytes, 4_000]);
  const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
  const embedded = weigh({ type: 'image_url', image_url: { url } }, { image_url: url });
  expect(embedded.textBytes).toBeLessThan(300);
  expect(embedded.mediaTokens).toBe(8_000);
});

test('what only calls itself a picture keeps the weight of its bytes', () => {
  const { bytes, textBytes } = weigh({ image_url: { url: `data:text/plain,${'a '.repeat(999)}` } });
  expect(textBytes).toBe(bytes);
});

test('sound weighs by its length', () => {
  const data = 'A'.repeat(620_000);
  const { textBytes, mediaTokens } = weigh({ input_audio: { data, format: 'mp3' } });
  expect(textBytes).toBeLessThan(200);
  expect(mediaTokens).toBe(10_000);
});
