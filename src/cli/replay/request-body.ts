import type { PlannedCall } from './plan-call.ts';

const CHARACTERS_PER_TOKEN = 4;
const WORDS =
  'The people of the river town kept their books by lamp light and counted every coin twice. ';

/**
 * The request of a call: a prompt of the size that so many tokens have in English, and the
 * directives by which the demo provider reports exactly what the trace says.
 */
export function requestBody(call: PlannedCall): string {
  const { promptTokens, cachedTokens, completionTokens, reasoningTokens, maxTokens } = call;
  const characters = promptTokens * CHARACTERS_PER_TOKEN;
  const content = WORDS.repeat(Math.ceil(characters / WORDS.length)).slice(0, characters);
  return JSON.stringify({
    model: call.model.slug,
    messages: [{ role: 'user', content }],
    stream: true,
    ...(call.wantsUsage ? { stream_options: { include_usage: true } } : {}),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    demo: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      ...(cachedTokens > 0 ? { cached_tokens: cachedTokens } : {}),
      ...(reasoningTokens > 0 ? { reasoning_tokens: reasoningTokens } : {}),
    },
  });
}
