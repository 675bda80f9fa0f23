import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../kernel/index.ts';
import { hashKey, makeKey, parseKey, previewKey } from './index.ts';

const prefixes = ['ptr_', 'pp_live-', 'pk_live_', 'sk-fb-', 'ds_live_', 'cr_live_', 'ab'];

describe('a key', () => {
  test.each(prefixes)(
    'with the prefix %s is read back, whatever its prefix ends with',
    (prefix) => {
      const key = makeKey(prefix, systemRandom);
      expect(key).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{40}$`));
      expect(parseKey(key)).toEqual({
        prefix,
        publicId: key.slice(prefix.length, prefix.length + 8),
      });
    },
  );

  test('has another secret every time', () => {
    const keys = Array.from({ length: 1_000 }, () => makeKey('ptr_', systemRandom));
    expect(new Set(keys).size).toBe(1_000);
    expect(new Set(keys.map((key) => parseKey(key)?.publicId)).size).toBe(1_000);
  });

  test('uses every character of base 62 about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i += 1) {
      for (const c of makeKey('k_', systemRandom).slice(2, 36)) {
        counts.set(c, (counts.get(c) ?? 0) + 1);
      }
    }
    const expected = (2_000 * 34) / 62;
    expect(counts.size).toBe(62);
    for (const count of counts.values()) {
      expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
  });

  test('with any one character changed is recognised as wrong without a look-up', () => {
    const key = makeKey('pp_live-', systemRandom);
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom(...'abcXYZ019_- é'), (at, character) => {
        fc.pre(key[at] !== character);
        expect(parseKey(key.slice(0, at) + character + key.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  test('cut short, lengthened or made of anything else is no key', () => {
    const key = makeKey('ptr_', systemRandom);
    expect(parseKey(key.slice(0, -1))).toBeUndefined();
    expect(parseKey(`${key}0`)).toBeUndefined();
    expect(parseKey(key.slice(4))).toBeUndefined();
    fc.assert(fc.property(fc.string({ maxLength: 70 }), (text) => parseKey(text) === undefined));
  });

  test('shows no more of itself than its prefix, four characters and the last four', () => {
    const key = makeKey('pp_live-', systemRandom);
    expect(previewKey(key)).toBe(`${key.slice(0, 12)}...${key.slice(-4)}`);
  });

  test('is stored as its SHA-256', () => {
    expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
