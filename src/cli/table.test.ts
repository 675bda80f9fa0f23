import { expect, it } from 'vitest';
import { exactDecimal } from './exact-decimal.ts';
import { fields, printable, table } from './table.ts';

it('aligns columns and leaves no space at a line end', () => {
  const rows = [
    ['a', 'long value', null],
    ['longer', true, new Date(0)],
  ];
  expect(table(['id', 'what', 'at'], rows)).toBe(
    [
      'ID      WHAT        AT\n',
      'a       long value  -\n',
      'longer  yes         1970-01-01T00:00:00.000Z\n',
    ].join(''),
  );
  expect(table(['id'], [], 'None here.')).toBe('None here.\n');
  expect(fields({ one: 1, three: '' })).toBe('one    1\nthree  -\n');
});

it.each([
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['two\nlines\r', 'two\\u000alines\\u000d'],
  ['abc\u202ecba', 'abc\\u202ecba'],
  ['Zoë 東京 🙂', 'Zoë 東京 🙂'],
])('shows %j so that it cannot act on the terminal', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it.each([
  ['5', 9, '0.000000005'],
  ['2500000000', 9, '2.5'],
  ['37/2', 9, '0.0000000185'],
  ['37/2', 0, '18.5'],
  ['12', 0, '12'],
  ['0', 9, '0'],
  ['1/3', 9, '1/3000000000'],
  ['1/1000000', 9, '0.000000000000001'],
])('writes %s smallest parts of scale %d exactly as %s', (parts, scale, decimal) => {
  expect(exactDecimal(parts, scale)).toBe(decimal);
});
