import { describe, expect, it } from 'vitest';
import { pricesOf, readPriceList, readPriceListCut } from '../../../test/price-lists.ts';
import { readListing } from './read-listing.ts';

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
