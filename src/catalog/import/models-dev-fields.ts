import type { Component } from '../../pricing/index.ts';

/** The members of `cost` that are prices of a component, in US dollars for a million. */
export const MODELS_DEV_PRICES: { readonly [field: string]: Component } = {
  input: 'input',
  cache_read: 'cached_input',
  cache_write: 'cache_write',
  input_audio: 'input_audio',
  output: 'output',
  reasoning: 'reasoning',
  output_audio: 'output_audio',
};

/** Other members of `cost`. They are reported with the reason; unknown ones are, too. */
export const MODELS_DEV_NOT_PRICED: { readonly [field: string]: string } = {
  cache_input: 'not a name of the format, which has cache_read; cached input counts as input',
  cached_input: 'not a name of the format, which has cache_read; cached input counts as input',
  cached_write: 'not a name of the format, which has cache_write; it counts as input',
  image: 'the format does not say what it counts',
  request: 'the format does not say what it counts',
  citation: 'no component for citations',
  context_over_200k: 'an older form of tiers, without its exact threshold',
};

/** Fields of a model that are no prices, each passed over in silence for its reason. */
export const MODELS_DEV_IGNORED: { readonly [field: string]: string } = {
  id: 'the key says it',
  name: 'read elsewhere',
  cost: 'read elsewhere',
  limit: 'read elsewhere',
  modalities: 'read elsewhere',
  base_model: 'read elsewhere',
  base_model_omit: 'speaks of fields that are not taken from the base model',
  family: 'read elsewhere',
  status: 'a note for people',
  knowledge: 'a note for people',
  release_date: 'a note for people',
  last_updated: 'a note for people',
  open_weights: 'a note for people',
  attachment: 'what a model can do is not what it costs',
  reasoning: 'what a model can do is not what it costs',
  reasoning_options: 'what a model can do is not what it costs',
  temperature: 'what a model can do is not what it costs',
  tool_call: 'what a model can do is not what it costs',
  structured_output: 'what a model can do is not what it costs',
  interleaved: 'how a client of the format calls the provider',
  provider: 'how a client of the format calls the provider',
};
