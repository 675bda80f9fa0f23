import type { Route } from '../catalog/index.ts';
import type { ChatRequest } from './chat-request.ts';
import { spliceJson } from './json-splice.ts';

/** Providers bill others, such as 'priority', above the price that the caller is charged. */
const PRICED_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex']);

/**
 * The body as the upstream gets it: the caller's bytes but for the model's name there, the bound
 * of the output where the caller set none, the request to report the usage of a stream, and a
 * provider's dearer service tier, which is not sold.
 */
export function upstreamBody(
  body: Buffer,
  chat: ChatRequest,
  route: Route,
  outputTokensLimit: number | undefined,
): Buffer {
  const set: Record<string, string> = {};
  if (route.upstreamModel !== chat.model) set.model = JSON.stringify(route.upstreamModel);
  if (outputTokensLimit !== undefined) set[outputLimitMember(route)] = String(outputTokensLimit);
  if (chat.isStreamed && !chat.wantsUsage) {
    const options = { ...(chat.parsed.stream_options as object | undefined), include_usage: true };
    set.stream_options = JSON.stringify(options);
  }
  const { service_tier: tier } = chat.parsed;
  const remove = typeof tier === 'string' && !PRICED_TIERS.has(tier) ? ['service_tier'] : [];
  return spliceJson(body, { set, remove });
}

/** OpenAI's reasoning models know only the newer name; other providers often only the older. */
function outputLimitMember(route: Route): string {
  return new URL(route.baseUrl).hostname === 'api.openai.com'
    ? 'max_completion_tokens'
    : 'max_tokens';
}
