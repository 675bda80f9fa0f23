import { expect, test } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { fileLength, functionLength, lineLength } from './size.ts';

const lines = (count: number) => 'let a = 1;\n'.repeat(count);
const path = 'src/ledger/a.ts';

test('a file of 301 lines is found, one of 300 is not', () => {
  expect(fileLength.check(madeUpCheckout({ [path]: lines(300) }))).toEqual([]);
  expect(fileLength.check(madeUpCheckout({ [path]: lines(301) }))).toMatchObject([{ line: 301 }]);
});

test('generated files, SQL and fixtures may be as long as they are', () => {
  const exempt = { 'src/db/rows.ts': lines(400), 'src/ledger/a.sql': '-- a\n'.repeat(400) };
  const fixture = { 'test/fixtures/answer.ts': lines(400) };
  expect(fileLength.check(madeUpCheckout({ ...exempt, ...fixture }))).toEqual([]);
});

test.each([
  ['a function', (body: string) => `function f() {\n${body}}\n`],
  ['an arrow function', (body: string) => `const f = () => {\n${body}};\n`],
  ['a method', (body: string) => `class A { f() {\n${body}} }\n`],
  ['a test', (body: string) => `test('x', () => {\n${body}});\n`],
])('%s of 71 lines is found, of 70 is not', (_, write) => {
  expect(functionLength.check(madeUpCheckout({ [path]: write(lines(68)) }))).toEqual([]);
  const found = functionLength.check(madeUpCheckout({ [path]: `// first\n${write(lines(69))}` }));
  expect(found).toMatchObject([{ line: 2, says: 'begins a function of 71 lines; at most 70' }]);
});

test('the body of describe is a chapter and may be longer', () => {
  const text = `describe('x', () => {\n${lines(100)}});\n`;
  expect(functionLength.check(madeUpCheckout({ [path]: text }))).toEqual([]);
});

test('a line of 101 characters is found, one of 100 is not', () => {
  expect(lineLength.check(madeUpCheckout({ [path]: `//${'x'.repeat(98)}\n` }))).toEqual([]);
  const found = lineLength.check(madeUpCheckout({ [path]: `\n//${'x'.repeat(99)}\n` }));
  expect(found).toEqual([{ path, line: 2, says: 'is 101 characters wide' }]);
});

test('a long import and a long address in a comment are left alone', () => {
  const long = 'x'.repeat(100);
  const text = `import { ${long} } from './a.ts';\n// See https://example.com/${long}\n`;
  expect(lineLength.check(madeUpCheckout({ [path]: text }))).toEqual([]);
});
