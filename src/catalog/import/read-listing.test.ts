import { describe, expect, it } from 'vitest';
import { parseMargin } from './price-components.ts';
import { readListing } from './read-listing.ts';

const provider = (models: object) => JSON.stringify({ p: { models } });
const modalities = { input: ['text'], output: ['text'] };

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
