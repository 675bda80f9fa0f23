import { describe, expect, it } from 'vitest';
import { pricesOf, readPriceList, readPriceListCut } from '../../../test/price-lists.ts';
import { readListing } from './read-listing.ts';

const readOne = (fields: object, name = 'm') =>
  readListing(JSON.stringify({ [name]: { litellm_provider: 'p', ...fields } }), {
    format: 'litellm',
  });

const chat = { mode: 'chat', input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 };

describe("LiteLLM's format", async () => {
  const listing = readListing(await readPriceListCut('model-prices'), { format: 'auto' });

  it('is recognised', () => {
    expect(listing.format).toBe('litellm');
  });

  it('gives exact prices per million, cache classes included', () => {
    expect(pricesOf(listing, 'claude-3-7-sonnet-20250219')).toEqual({
      'cache_write@0': '3750000000/1000000',
      'cached_input@0': '300000000/1000000',
      'input@0': '3000000000/1000000',
      'output@0': '15000000000/1000000',
    });
    expect(pricesOf(listing, 'deepseek-v4-pro')['cached_input@0']).toBe('3625000/1000000');
  });

  it('applies the margin exactly', () => {
    expect(pricesOf(listing, 'claude-3-7-sonnet-20250219', '1.2345')['cached_input@0']).toBe(
      '370350000/1000000',
    );
    const perSecond = pricesOf(listing, 'gpt-realtime-whisper', '1.2');
    expect(perSecond).toEqual({ 'second@0': '33999999999999996/100000000000' });
  });

  it('starts a tier above 200k at 200,001 tokens', () => {
    const tiered = readOne({ ...chat, input_cost_per_token_above_200k_tokens: 4e-6 });
    expect(pricesOf(tiered, 'm')['input@200001']).toBe('4000000000/1000000');
  });

  it('reports service tiers, searches and hour-long cache writes as not priced', () => {
    const reported = listing.notPriced.map(({ field }) => field);
    for (const field of [
      'input_cost_per_token_priority',
      'output_cost_per_token_flex',
      'input_cost_per_token_batches',
      'cache_creation_input_token_cost_above_1hr',
      'search_context_cost_per_query',
      'input_cost_per_video_per_second',
      'output_cost_per_video_token',
      'provider_specific_entry',
      'regional_processing_uplift_multiplier_eu',
    ]) {
      expect(reported).toContain(field);
    }
    expect(listing.notPriced).toContainEqual({
      model: 'claude-3-7-sonnet-20250219',
      field: 'cache_creation_input_token_cost_above_1hr',
      value: '6e-06',
      reason: 'no component for cache writes kept for an hour; they count as cache_write',
    });
  });

  it('knows every field of the file', async () => {
    const whole = readListing(await readPriceList('model-prices'), { format: 'auto' });
    expect(whole.notPriced.filter(({ reason }) => reason.includes('not a field'))).toEqual([]);
  });

  it('reports a field that it does not know, whatever it is', () => {
    const { notPriced } = readOne({ ...chat, input_cost_per_thought: 5, toString: 'x' });
    expect(notPriced.map(({ field, value }) => [field, value])).toEqual([
      ['input_cost_per_thought', '5'],
      ['toString', '"x"'],
    ]);
  });

  it.each([
    [{ mode: 'chat', input_cost_per_token: 1 }, 'kind chat needs input and output'],
    [{ mode: 'chat' }, 'no price at all'],
    [{ ...chat, output_cost_per_token: null }, 'needs input and output'],
    [{ ...chat, output_cost_per_token: -1 }, 'the price of output is negative'],
    [{ ...chat, output_cost_per_token: '0.1' }, 'output_cost_per_token is not a number'],
    [{ ...chat, mode: 'rerank' }, "mode 'rerank' is not a kind"],
    [{ ...chat, mode: 'constructor' }, "mode 'constructor' is not a kind"],
    [{ input_cost_per_token: 1 }, 'it has no mode'],
    [
      { ...chat, cache_read_input_token_cost: 1, input_cost_per_token_cache_hit: 2 },
      'two different prices of cached_input',
    ],
    [
      { ...chat, mode: 'image_generation', output_cost_per_image_token: 3 },
      'its output tokens have two prices',
    ],
    [{ ...chat, mode: 'audio_speech', input_cost_per_token: 0, output_cost_per_token: 0 }, 'zero'],
  ])('refuses %o', (fields, reason) => {
    const { models, refused } = readOne(fields);
    expect(models).toEqual([]);
    expect(refused).toEqual([{ model: 'm', reason: expect.stringContaining(reason) }]);
  });

  it('takes an explicit zero as the price of a free model', () => {
    const free = readOne({ ...chat, input_cost_per_token: 0, output_cost_per_token: 0 });
    expect(pricesOf(free, 'm')).toEqual({ 'input@0': '0/1000000', 'output@0': '0/1000000' });
  });

  it('sells picture tokens as output where nothing else comes out', () => {
    expect(pricesOf(listing, 'gpt-image-1')).toMatchObject({
      'input_image@0': '10000000000/1000000',
      'output@0': '40000000000/1000000',
    });
  });

  it('does not price pictures of a model that makes none, nor audio twice', () => {
    const text = readOne({
      ...chat,
      output_cost_per_image: 0.1,
      supported_output_modalities: ['text'],
    });
    expect(pricesOf(text, 'm')).not.toHaveProperty('image@0');
    expect(text.notPriced.map(({ field }) => field)).toEqual(['output_cost_per_image']);
    const speech = readOne({
      ...chat,
      mode: 'audio_speech',
      output_cost_per_audio_token: 1e-5,
      output_cost_per_second: 2e-4,
    });
    expect(pricesOf(speech, 'm')).not.toHaveProperty('second@0');
  });

  it('refuses a price with more digits than can be kept', () => {
    const long = readListing(
      '{"m":{"mode":"embedding","input_cost_per_token":1.23456789012345678901e-06}}',
      { format: 'auto' },
    );
    expect(() => pricesOf(long, 'm')).toThrow('more digits than can be kept exactly');
  });

  it('is read for one provider alone where asked', () => {
    const text = JSON.stringify({
      a: { ...chat, litellm_provider: 'x' },
      b: { ...chat, litellm_provider: 'y' },
    });
    const slugs = (prefixSlugs: boolean) =>
      readListing(text, { format: 'auto', provider: 'y', prefixSlugs }).models.map((m) => m.slug);
    expect(slugs(false)).toEqual(['b']);
    expect(slugs(true)).toEqual(['y/b']);
    expect(() => readListing(text, { format: 'auto', provider: 'z' })).toThrow(
      expect.objectContaining({ code: 'provider_unknown', status: 422 }),
    );
  });
});
