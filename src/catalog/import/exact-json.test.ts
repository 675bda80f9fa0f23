import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExactJson, formatExact, isExactNumber, parseExactJson } from './exact-json.ts';

describe('parseExactJson', () => {
  it('keeps numbers as they are written', () => {
    expect(parseExactJson('{"a":3.75e-06,"b":[0.060000000000000005,-0,1E+2]}')).toEqual({
      a: { decimal: '3.75e-06' },
      b: [{ decimal: '0.060000000000000005' }, { decimal: '-0' }, { decimal: '1E+2' }],
    });
  });

  it('leaves digits inside strings and keys alone', () => {
    const text = String.raw`{"gpt-4 1.5e3":"costs 3.5 \" or \\","x\\":"\"7\""}`;
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });

  it('gives what JSON.parse gives, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(toFloats(parseExactJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('writes back the text that it read, digit for digit', () => {
    const decimal = fc
      .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 40n), fc.nat(10 ** 9), fc.integer())
      .map(([minus, whole, part, power]) => `${minus ? '-' : ''}${whole}.${part}e${power}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), decimal)), (members) => {
        const text = `[${members.map(([key, n]) => `${JSON.stringify(key)},${n}`).join(',')}]`;
        expect(formatExact(parseExactJson(text))).toBe(text);
      }),
    );
  });

  it('refuses exactly the texts that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      ...'{ } [ ] , : " \\ \\" 0 1 01 - + . e 1e5 1.5 .5 1. "a" "1" true null a'.split(' '),
      ' ',
      '\n',
    );
    const works = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        return false;
      }
    };
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
        (text) => {
          expect(works(parseExactJson, text)).toBe(works(JSON.parse, text));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

function toFloats(value: ExactJson): unknown {
  if (isExactNumber(value)) return Number(value.decimal);
  if (Array.isArray(value)) return value.map(toFloats);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toFloats(member)]));
}
