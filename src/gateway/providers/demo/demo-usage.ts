import type { DemoDirectives } from './demo-request.ts';

/** The `usage` object of an answer, in OpenAI's members. */
export interface DemoUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: Readonly<Record<string, number>>;
  readonly completion_tokens_details: Readonly<Record<string, number>>;
}

/**
 * What an answer reports. Details are parts of the totals, as with OpenAI; `written` is the
 * visible text, to which hidden reasoning adds.
 */
export function reportUsage(
  directives: DemoDirectives,
  promptTokens: number,
  written: number,
): DemoUsage {
  const isZero = directives.usage_zero === true;
  const reasoning = isZero ? 0 : (directives.reasoning_tokens ?? 0);
  const prompt = isZero ? 0 : promptTokens;
  const completion = isZero ? 0 : written + reasoning + (directives.overreport ?? 0);
  const cacheWrite = directives.cache_write_tokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: isZero ? 0 : (directives.cached_tokens ?? 0),
      audio_tokens: isZero ? 0 : (directives.prompt_audio_tokens ?? 0),
      ...(cacheWrite === undefined || isZero ? {} : { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: isZero ? 0 : (directives.completion_audio_tokens ?? 0),
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
