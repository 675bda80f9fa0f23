import type { Usage } from './components.ts';

/**
 * No call counts more of anything than this; a greater number is a provider's mistake and is
 * treated as if it had not been sent.
 */
const QUANTITY_MAX = 1_000_000_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a `usage` object of OpenAI's shape, where details are subsets of their totals, into a
 * partition. It takes the names of chat completions (`prompt_tokens`), of the Responses, images and
 * audio APIs (`input_tokens`), DeepSeek's `prompt_cache_hit_tokens`, and cache writes where a
 * compatible provider reports them. Source: OpenAI's OpenAPI document 2.3.0, `CompletionUsage`,
 * `ResponseUsage`, `ImagesUsage`, `TranscriptTextUsageTokens`.
 *
 * Zero is a value. A total that is missing, negative, fractional, absurd or not a number gives
 * undefined: nothing was reported. A detail like that counts as zero, and a detail greater than
 * what is left of its total is cut to that, so that the classes always add up to the totals.
 */
export function usageFromOpenAI(raw: unknown): Usage | undefined {
  const fields = asFields(raw);
  if (fields === undefined) return undefined;
  const totals = readTotals(fields);
  if (totals === undefined) return undefined;
  const usage: Quantities = {};
  divideInput(fields, totals.input, usage);
  divideOutput(fields, totals.output, usage);
  return usage;
}

/**
 * What to keep when a stream reports its usage more than once: the last report, because reports
 * are cumulative. A report that could not be read does not replace one that could.
 */
export function mergeUsage(
  earlier: Usage | undefined,
  later: Usage | undefined,
): Usage | undefined {
  return later ?? earlier;
}

function readTotals(fields: Fields): { input: bigint; output: bigint } | undefined {
  const given = (value: unknown) => value !== undefined && value !== null;
  const inputField = fields.prompt_tokens ?? fields.input_tokens;
  const outputField = fields.completion_tokens ?? fields.output_tokens;
  const input = asQuantity(inputField);
  const output = asQuantity(outputField);
  const total = asQuantity(fields.total_tokens);
  if (input !== undefined && output !== undefined) {
    return { input, output: output + reasoningOnTop(fields, input, output, total) };
  }
  // An embedding reports no output tokens: its total tells that there were none.
  if (total === undefined) return undefined;
  if (input !== undefined && !given(outputField) && total >= input) {
    return { input, output: total - input };
  }
  if (output !== undefined && !given(inputField) && total >= output) {
    return { input: total - output, output };
  }
  return undefined;
}

/**
 * Some compatible providers leave reasoning out of the completion tokens and only count it in the
 * total. The sum proves it: input + output + reasoning = total.
 */
function reasoningOnTop(
  fields: Fields,
  input: bigint,
  output: bigint,
  total: bigint | undefined,
): bigint {
  const reasoning = outputDetail(fields, 'reasoning_tokens');
  return total === input + output + reasoning ? reasoning : 0n;
}

type Quantities = { -readonly [C in keyof Usage]: Usage[C] };

function divideInput(fields: Fields, total: bigint, usage: Quantities): void {
  const cachedField = inputDetailField(fields, 'cached_tokens') ?? fields.prompt_cache_hit_tokens;
  const cachedDetails = asFields(inputDetailField(fields, 'cached_tokens_details'));
  const cachedAudio = asQuantity(cachedDetails?.audio_tokens) ?? 0n;
  const cachedImage = asQuantity(cachedDetails?.image_tokens) ?? 0n;
  const written =
    inputDetailField(fields, 'cache_write_tokens') ??
    inputDetailField(fields, 'cache_creation_tokens') ??
    fields.cache_creation_input_tokens;
  const audio = asQuantity(inputDetailField(fields, 'audio_tokens')) ?? 0n;
  const image = asQuantity(inputDetailField(fields, 'image_tokens')) ?? 0n;
  let left = total;
  left = cutFrom(left, 'cached_input', asQuantity(cachedField) ?? 0n, usage);
  left = cutFrom(left, 'cache_write', asQuantity(written) ?? 0n, usage);
  left = cutFrom(left, 'input_audio', withoutCached(audio, cachedAudio), usage);
  usage.input = cutFrom(left, 'input_image', withoutCached(image, cachedImage), usage);
}

function divideOutput(fields: Fields, total: bigint, usage: Quantities): void {
  const left = cutFrom(total, 'reasoning', outputDetail(fields, 'reasoning_tokens'), usage);
  usage.output = cutFrom(left, 'output_audio', outputDetail(fields, 'audio_tokens'), usage);
}

/** Cuts a class from what is left of its total, and returns the rest, which is never below zero. */
function cutFrom(left: bigint, component: keyof Usage, wanted: bigint, usage: Quantities): bigint {
  const taken = wanted < left ? wanted : left;
  if (taken > 0n) usage[component] = taken;
  return left - taken;
}

function withoutCached(all: bigint, cached: bigint): bigint {
  return all > cached ? all - cached : 0n;
}

function inputDetailField(fields: Fields, name: string): unknown {
  const details =
    asFields(fields.prompt_tokens_details) ??
    asFields(fields.input_tokens_details) ??
    asFields(fields.input_token_details);
  return details?.[name];
}

function outputDetail(fields: Fields, name: string): bigint {
  const details =
    asFields(fields.completion_tokens_details) ??
    asFields(fields.output_tokens_details) ??
    asFields(fields.output_token_details);
  return asQuantity(details?.[name]) ?? 0n;
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

function asQuantity(value: unknown): bigint | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= 0 && value <= QUANTITY_MAX ? BigInt(value) : undefined;
}
