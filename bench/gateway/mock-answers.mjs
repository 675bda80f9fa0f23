// The answers that the mock provider gives, byte for byte: one JSON answer of 1 KB, and a stream of
// 100 chunks, its usage and [DONE]. Both are valid answers of OpenAI's chat API.

export const JSON_BYTES = 1_024;
export const STREAM_CHUNKS = 100;

const ABOUT = { id: 'chatcmpl-bench', created: 1_760_000_000, model: 'bench-model' };
export const USAGE = { prompt_tokens: 120, completion_tokens: 100, total_tokens: 220 };

/** The body of the answer in one piece: 1,024 bytes. */
export function jsonBody() {
  const withText = (content) =>
    JSON.stringify({
      ...ABOUT,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: USAGE,
    });
  return Buffer.from(withText('x'.repeat(JSON_BYTES - withText('').length)));
}

/** The events of the stream, each as it is sent: 100 chunks, the usage, [DONE]. */
export function streamEvents() {
  const event = (data) => Buffer.from(`data: ${data}\n\n`);
  const chunk = (rest) =>
    event(JSON.stringify({ ...ABOUT, object: 'chat.completion.chunk', ...rest }));
  const chunks = Array.from({ length: STREAM_CHUNKS }, (_, index) => {
    const isLast = index === STREAM_CHUNKS - 1;
    const delta = isLast ? {} : { content: ` token${String(index).padStart(3, '0')}` };
    return chunk({ choices: [{ index: 0, delta, finish_reason: isLast ? 'stop' : null }] });
  });
  return [...chunks, chunk({ choices: [], usage: USAGE }), event('[DONE]')];
}
