import { describe, expect, it } from 'vitest';
import { readPriceList, readPriceListCut } from '../../../test/price-lists.ts';
import { parseMargin, priceComponents } from './price-components.ts';
import { type Listing, readListing } from './read-listing.ts';

const usd = { code: 'USD', scale: 9 };

const readOne = (fields: object, name = 'm') =>
  readListing(JSON.stringify({ [name]: { litellm_provider: 'p', ...fields } }), {
    format: 'litellm',
  });

/** Prices of one model as 'component@from': 'amount/per' in nano-dollars. */
function pricesOf(listing: Listing, model: string, margin = '1'): Record<string, string> {
  const found = listing.models.find((one) => one.model === model);
  if (found === undefined) throw new Error(`${model} was refused`);
  return Object.fromEntries(
    priceComponents(found, parseMargin(margin), usd).map((one) => [
      `${one.component}@${one.fromContextTokens}`,
      `${one.amount}/${one.per}`,
    ]),
  );
}

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

const provider = (models: object) => JSON.stringify({ p: { models } });
const modalities = { input: ['text'], output: ['text'] };

describe("models.dev's format", async () => {
  const cut = await readPriceListCut('models-dev');
  const listing = readListing(cut, { format: 'auto' });

  it('is recognised', () => {
    expect(listing.format).toBe('models-dev');
  });

  it('gives exact prices per million, with tiers from one token above their size', () => {
    expect(pricesOf(listing, 'openai/gpt-5.4')).toEqual({
      'input@0': '2500000000/1000000',
      'output@0': '15000000000/1000000',
      'cached_input@0': '250000000/1000000',
      'input@272001': '5000000000/1000000',
      'output@272001': '22500000000/1000000',
      'cached_input@272001': '500000000/1000000',
    });
  });

  it('keeps every digit that the file has', () => {
    const long = readListing(
      provider({ m: { modalities, cost: { input: 0.1, output: 1 } } }).replace(
        '0.1',
        '0.060000000000000005',
      ),
      { format: 'auto' },
    );
    expect(pricesOf(long, 'p/m')['input@0']).toBe('60000000000000005/1000000000000000');
  });

  it("takes what is missing of a model's description, but no price, from its base model", () => {
    const text = JSON.stringify({
      maker: {
        models: {
          base: {
            name: 'Base',
            modalities,
            limit: { context: 1000, output: 100 },
            cost: { input: 1, output: 2, cache_read: 0.5, tiers: [] },
          },
        },
      },
      shop: {
        models: {
          m: { base_model: 'maker/base', limit: { output: 50 }, cost: { input: 3, output: 4 } },
          n: { base_model: 'maker/base' },
        },
      },
    });
    const { models, refused } = readListing(text, { format: 'auto', provider: 'shop' });
    expect(models).toMatchObject([
      { name: 'Base', kind: 'chat', contextTokens: 1000, maxOutputTokens: 50 },
    ]);
    expect(models[0]?.prices.map(({ component }) => component)).toEqual(['input', 'output']);
    expect(refused).toEqual([{ model: 'shop/n', reason: 'no price at all' }]);
  });

  it('learns what a model is from the offers of others when its maker is not in the file', () => {
    const cost = { input: 1, output: 2 };
    const text = JSON.stringify({
      a: { models: { x: { base_model: 'maker/x', cost } } },
      b: { models: { 'maker/x': { modalities, limit: { context: 7 }, cost } } },
      c: { models: { z: { base_model: 'c/z', cost } } },
    });
    const { models, refused } = readListing(text, { format: 'auto' });
    expect(models[0]).toMatchObject({ model: 'a/x', kind: 'chat', contextTokens: undefined });
    expect(refused).toEqual([{ model: 'c/z', reason: expect.stringContaining('kind unknown') }]);
  });

  it.each([
    [['text'], ['text'], 'm', 'chat'],
    [['text', 'image'], ['text', 'image'], 'm', 'chat'],
    [['audio'], ['text'], 'm', 'transcription'],
    [['text'], ['text'], 'text-embedding-3-small', 'embedding'],
    [['text'], ['image'], 'm', 'image'],
    [['text'], ['audio'], 'm', 'speech'],
    [['text', 'image'], ['video'], 'm', 'video'],
  ])('reads %j -> %j of %s as %s', (input, output, id, kind) => {
    const text = provider({
      [id]: { modalities: { input, output }, cost: { input: 1, output: 1 } },
    });
    expect(readListing(text, { format: 'auto' }).models[0]?.kind).toBe(kind);
  });

  it.each([
    [{ modalities }, 'no price at all'],
    [{ modalities, cost: { input: 1 } }, 'kind chat needs'],
    [{ modalities, cost: { input: -1, output: 1 } }, 'negative'],
    [{ modalities, cost: { input: 'x', output: 1 } }, 'cost.input is not a number'],
    [{ modalities, cost: { input: 1, output: 1, tiers: 5 } }, 'cost.tiers is not a list'],
    [{ modalities, cost: { input: 1, output: 1, tiers: [{ input: 1 }] } }, 'when it applies'],
    [
      { modalities: { input: ['text'], output: ['image'] }, cost: { input: 0, output: 0 } },
      'every price is zero',
    ],
  ])('refuses %o', (model, reason) => {
    const { models, refused } = readListing(provider({ m: model }), { format: 'auto' });
    expect(models).toEqual([]);
    expect(refused).toEqual([{ model: 'p/m', reason: expect.stringContaining(reason) }]);
  });

  it('reports other modes, unknown costs and tiers of another sort as not priced', () => {
    const cost = {
      input: 1,
      output: 1,
      citation: 2,
      tiers: [{ tier: { type: 'batch', size: 10 }, input: 0.5 }],
    };
    const experimental = { modes: { fast: { cost: { input: 9 } } } };
    const { notPriced } = readListing(provider({ m: { modalities, cost, experimental } }), {
      format: 'auto',
    });
    expect(notPriced.map(({ field, value }) => [field, value])).toEqual([
      ['cost.citation', '2'],
      ['cost.tiers[0]', '{"tier":{"type":"batch","size":10},"input":0.5}'],
      ['experimental.modes.fast', '{"cost":{"input":9}}'],
    ]);
  });

  it('knows every field of the file', async () => {
    const whole = readListing(await readPriceList('models-dev'), { format: 'auto' });
    expect(whole.notPriced.filter(({ reason }) => reason.includes('not a field'))).toEqual([]);
  });

  it('accounts for every model of the file, each under a slug of its own', async () => {
    const text = await readPriceList('models-dev');
    const file: { [provider: string]: { models: object } } = JSON.parse(text);
    const models = Object.values(file).flatMap((one) => Object.keys(one.models));
    const whole = readListing(text, { format: 'auto' });
    expect(whole.models.length + whole.refused.length).toBe(models.length);
    expect(new Set(whole.models.map(({ slug }) => slug)).size).toBe(whole.models.length);
  });
});

describe('readListing', () => {
  it.each(['', '{', '[]', '7', '{}', '{"a":1}', '{"a":{"b":1}}'])(
    'refuses %j as neither format',
    (text) => {
      expect(() => readListing(text, { format: 'auto' })).toThrow(
        expect.objectContaining({ code: 'listing_unreadable', status: 422 }),
      );
    },
  );

  it('is not confused by names that objects have by themselves', () => {
    const models = { __proto__: 1, constructor: { modalities, cost: { input: 1, output: 1 } } };
    const { refused, ...listing } = readListing(provider(models), { format: 'auto' });
    expect(listing.models.map(({ slug }) => slug)).toEqual(['constructor']);
  });
});

describe('parseMargin', () => {
  it.each(['0', '-1', '', 'x', '1,2', '120%'])('refuses %j', (text) => {
    expect(() => parseMargin(text)).toThrow(expect.objectContaining({ code: 'margin_invalid' }));
  });
});
