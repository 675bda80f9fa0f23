import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSlugs } from './slugs.ts';

const slugs = (pairs: [string, string][], always = false) =>
  chooseSlugs(
    pairs.map(([provider, id]) => ({ provider, id })),
    always,
  ).map(({ slug }) => slug);

describe('chooseSlugs', () => {
  it('uses the id alone where only one provider has it', () => {
    expect(
      slugs([
        ['a', 'x'],
        ['b', 'y'],
      ]),
    ).toEqual(['x', 'y']);
  });

  it('puts the provider before every id that several have', () => {
    expect(
      slugs([
        ['a', 'x'],
        ['b', 'x'],
        ['b', 'y'],
      ]),
    ).toEqual(['a/x', 'b/x', 'y']);
  });

  it("keeps clear of another model's id that looks like provider and id", () => {
    expect(
      slugs([
        ['a', 'x'],
        ['b', 'x'],
        ['router', 'a/x'],
      ]),
    ).toEqual(['a/x', 'b/x', 'router/a/x']);
  });

  it('puts the provider before all where asked', () => {
    expect(
      slugs(
        [
          ['a', 'x'],
          ['b', 'y'],
        ],
        true,
      ),
    ).toEqual(['a/x', 'b/y']);
  });

  it('gives each entry a slug of its own, in whatever order they come', () => {
    const entry = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'a/x', 'b/a/x'));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.join(' ') }), (pairs) => {
        const chosen = slugs(pairs);
        expect(new Set(chosen).size).toBe(pairs.length);
        expect(slugs(pairs.toReversed()).toReversed()).toEqual(chosen);
      }),
    );
  });
});
