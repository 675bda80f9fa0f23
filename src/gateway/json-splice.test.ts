import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spliceJson } from './json-splice.ts';

const splice = (text: string, edits: Parameters<typeof spliceJson>[1]) =>
  spliceJson(Buffer.from(text), edits).toString();

test('a member is replaced and every other byte stays', () => {
  const body = ' { "model" : "a" ,\n "temperature": 1.0e0, "x":{"model":"in} \\" ner"} } ';
  expect(splice(body, { set: { model: '"b"' } })).toBe(
    ' { "model" : "b" ,\n "temperature": 1.0e0, "x":{"model":"in} \\" ner"} } ',
  );
});

test('an absent member is added at the end, also to an empty object', () => {
  expect(splice('{"a":1}', { set: { b: '[2]' } })).toBe('{"a":1,"b":[2]}');
  expect(splice('{ }', { set: { b: 'true' } })).toBe('{"b":true}');
});

test('a removed member takes its comma with it, wherever it stands', () => {
  const body = '{"a":1, "b":2, "c":3}';
  expect(splice(body, { remove: ['a'] })).toBe('{ "b":2, "c":3}');
  expect(splice(body, { remove: ['b'] })).toBe('{"a":1, "c":3}');
  expect(splice(body, { remove: ['c'] })).toBe('{"a":1, "b":2}');
  expect(JSON.parse(splice(body, { remove: ['a', 'b', 'c'] }))).toEqual({});
});

test('an escaped name is the same member', () => {
  expect(splice('{"mod\\u0065l":"a"}', { set: { model: '"b"' } })).toBe('{"mod\\u0065l":"b"}');
});

test('a member that stands twice is left once, with the value that JSON.parse sees', () => {
  expect(splice('{"n":100,"m":1,"n":1}', {})).toBe('{"m":1,"n":1}');
  expect(splice('{"model":"a","model":"b"}', { set: { model: '"c"' } })).toBe('{"model":"c"}');
  expect(JSON.parse(splice('{"a":1,"a":2}', { remove: ['a'] }))).toEqual({});
});

test('the same buffer comes back when nothing changes', () => {
  const body = Buffer.from('{"model":"a","stream":true}');
  expect(spliceJson(body, { set: { model: '"a"' }, remove: ['absent'] })).toBe(body);
});

test('anything but an object is refused', () => {
  for (const text of [
    '',
    '[]',
    '"a"',
    'null',
    '{',
    '{"a"',
    '{"a":1',
    '{"a":"',
    '{a:1}',
    '{"a" 1}',
  ]) {
    expect(() => splice(text, { set: { a: '1' } }), text).toThrow(SyntaxError);
  }
});

const name = fc.oneof(
  fc.constantFrom('model', 'n', '__proto__', 'a"b', 'é', '', 'x'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
);
const member = fc.record({
  name,
  value: fc.json({ maxDepth: 3 }),
  isEscaped: fc.boolean(),
  space: fc.array(fc.constantFrom('', ' ', '\n', '\t', '\r\n'), { minLength: 4, maxLength: 4 }),
});
const escapeAll = (text: string) =>
  Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');

test('the result parses to the edited object and keeps the bytes of untouched members', () => {
  fc.assert(
    fc.property(
      fc.array(member, { maxLength: 8 }),
      fc.dictionary(name, fc.json({ maxDepth: 1 }), { maxKeys: 3 }),
      fc.array(name, { maxLength: 3 }),
      (members, set, remove) => {
        const segments = members.map(({ name: key, value, isEscaped, space }) => {
          const text = isEscaped ? `"${escapeAll(key)}"` : JSON.stringify(key);
          return `${space[0]}${text}${space[1]}:${space[2]}${value}${space[3]}`;
        });
        const body = `{${segments.join(',')}}`;
        const spliced = splice(body, { set, remove });
        const expected = new Map(Object.entries(JSON.parse(body)));
        for (const key of remove) expected.delete(key);
        for (const [key, value] of Object.entries(set)) expected.set(key, JSON.parse(value));
        expect(new Map(Object.entries(JSON.parse(spliced)))).toEqual(expected);
        members.forEach(({ name: key }, index) => {
          const isLast = members.findLastIndex((other) => other.name === key) === index;
          const isTouched = Object.hasOwn(set, key) || remove.includes(key);
          if (isLast && !isTouched) expect(spliced).toContain(segments[index]);
        });
      },
    ),
    { numRuns: 500 },
  );
});
