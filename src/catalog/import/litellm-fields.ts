import type { Component } from '../../pricing/index.ts';
import type { ProductKind } from '../product-kind.ts';

/** The fields that are prices of a component, in US dollars for one counted. */
export const LITELLM_PRICES: { readonly [field: string]: Component } = {
  input_cost_per_token: 'input',
  cache_read_input_token_cost: 'cached_input',
  input_cost_per_token_cache_hit: 'cached_input',
  cache_creation_input_token_cost: 'cache_write',
  input_cost_per_audio_token: 'input_audio',
  input_cost_per_image_token: 'input_image',
  output_cost_per_token: 'output',
  output_cost_per_reasoning_token: 'reasoning',
  output_cost_per_audio_token: 'output_audio',
  output_cost_per_image: 'image',
  input_cost_per_second: 'second',
  output_cost_per_second: 'second',
  input_cost_per_character: 'character',
  input_cost_per_request: 'request',
};

/** What the `mode` of an entry is here; other modes are refused. */
export const LITELLM_KINDS: { readonly [mode: string]: ProductKind } = {
  chat: 'chat',
  responses: 'chat',
  completion: 'completion',
  embedding: 'embedding',
  image_generation: 'image',
  image_edit: 'image',
  audio_speech: 'speech',
  audio_transcription: 'transcription',
  video_generation: 'video',
  moderation: 'moderation',
};

/** Prices without a component here. They are reported; the first pattern that matches tells why. */
export const LITELLM_NOT_PRICED: readonly (readonly [RegExp, string])[] = [
  [/_(priority|flex|batches)$/, 'the price of another service tier than the standard one'],
  [/_above_1hr/, 'no component for cache writes kept for an hour; they count as cache_write'],
  [/_input_audio_token_cost/, 'no component for cached audio; it counts as cached_input'],
  [/^input_cost_per_image$/, 'no component for pictures sent; they are counted by their tokens'],
  [/_video_/, 'no component for video'],
  [/^input_cost_per_audio_per_second$/, 'no component for seconds of audio sent beside tokens'],
  [/^search_context_cost_per_query$/, "the provider's own searches are not counted"],
  [/^provider_specific_entry$/, 'factors for regions or speeds, which a call is not priced by'],
  [/^regional_processing_uplift/, 'a factor for a region, which a call is not priced by'],
  [/^output_cost_per_image_token$/, 'no component for picture tokens; pictures have a price each'],
];

/** Fields that are no prices. They are passed over in silence, for the reason beside them. */
export const LITELLM_IGNORED: readonly (readonly [RegExp, string])[] = [
  [/^(litellm_provider|mode|max_input_tokens|max_output_tokens)$/, 'read elsewhere'],
  [/^max_tokens$/, 'an older name of max_output_tokens'],
  [/^supports_|^supported_/, 'what a model can do is not what it costs'],
  [/^(gemini_|multi_vendor$|uses_embed_content$)/, 'how a client of the format calls the provider'],
  [/^(rpm|tpm)$/, "the provider's limits for one of its customers"],
  [/^(source|_comment|deprecation_date)$/, 'notes for people'],
  [/^output_vector_size$/, 'the shape of an answer'],
  [/^prompt_cache_min_tokens$/, 'whether something was cached is reported with each call'],
  [/^tool_use_system_prompt_tokens$/, 'part of the input tokens that are reported with each call'],
  [/^web_search_billing_unit$/, 'says how search_context_cost_per_query counts'],
];
