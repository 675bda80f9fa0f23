import { expect, test } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { noSkipping, noSleeps, quietImports } from './habits.ts';

const a = 'src/ledger/a.ts';
const aTest = 'src/ledger/a.test.ts';

test.each([['start();'], ['await start();'], ['globals.x = 1;']])(
  '%s at the top of a file of the program is found',
  (text) => {
    const found = quietImports.check(madeUpCheckout({ [a]: `const x = 1;\n${text}\n` }));
    expect(found).toMatchObject([{ path: a, line: 2 }]);
  },
);

test('declarations, tests and what is made to run are left alone', () => {
  const quiet = { [a]: "import './b.ts';\nconst x = new Map();\nexport function f() { f(); }" };
  const running = { [aTest]: 'run();', 'src/main.ts': 'run();', 'src/a/b-worker.ts': 'run();' };
  expect(quietImports.check(madeUpCheckout({ ...quiet, ...running }))).toEqual([]);
});

test.each([
  ["import { setTimeout } from 'node:timers/promises';"],
  ['await new Promise((resolve) => setTimeout(resolve, 50));'],
  ['await new Promise((resolve) => { setTimeout(resolve, 50); });'],
  ['await new Promise((done) => setTimeout(() => done(), 50));'],
  ['await new Promise((done) => globalThis.setTimeout(done, 50));'],
])('the sleep %s is found in a test and beside the tests', (text) => {
  expect(noSleeps.check(madeUpCheckout({ [aTest]: `\n${text}` }))).toMatchObject([{ line: 2 }]);
  expect(noSleeps.check(madeUpCheckout({ 'test/world.ts': text }))).toHaveLength(1);
  expect(noSleeps.check(madeUpCheckout({ [a]: text }))).toEqual([]);
});

test('a deadline is no sleep', () => {
  const text = `setTimeout(() => child.kill(), 50);
await new Promise((resolve, reject) => { once(child, resolve); setTimeout(reject, 50); });`;
  expect(noSleeps.check(madeUpCheckout({ [aTest]: text }))).toEqual([]);
});

test.each([["test.skip('x')"], ["it.only('x')"], ["describe.skip('x')"], ["test.todo('x')"]])(
  '%s is found',
  (text) => {
    expect(noSkipping.check(madeUpCheckout({ [aTest]: text }))).toHaveLength(1);
    expect(noSkipping.check(madeUpCheckout({ [aTest]: `"${text}"` }))).toEqual([]);
  },
);
