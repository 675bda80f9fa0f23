import { expect, test } from 'vitest';
import { bannedNames } from './banned.ts';
import { madeUpCheckout } from './checkout.ts';

const check = (path: string, text: string) =>
  bannedNames.check(madeUpCheckout({ [path]: `// A file.\n${text}\n` }));

test.each([
  ['Date.now()', 'Date.now'],
  ['const clock = { nowMs: Date.now };', 'Date.now'],
  ['performance.now()', 'performance.now'],
  ['process.hrtime.bigint()', 'process.hrtime'],
  ['new Date()', 'new Date()'],
  ['Math.random()', 'Math.random'],
  ["import { randomBytes } from 'node:crypto';", 'crypto.randomBytes'],
  ["import crypto from 'node:crypto';\ncrypto.randomUUID();", 'crypto.randomUUID'],
  ['process.env.PORT', 'process.env'],
  ["process['env']", 'process.env'],
  ['const { env } = process;', 'process.env'],
  ["import { env } from 'node:process';", 'process.env'],
  ["fetch('http://example.com')", 'fetch'],
  ['globalThis.fetch(url)', 'globalThis.fetch'],
  ['const client = { fetch };', 'fetch'],
  ['start(fetch);', 'fetch'],
  ['function start(get = fetch) {}', 'fetch'],
  ["parseFloat('1.5')", 'parseFloat'],
  ["['1'].map(Number.parseFloat)", 'Number.parseFloat'],
  ["console.log('x')", 'console.log'],
  ['process?.env?.PORT', 'process.env'],
])('%s in the program is found', (text, name) => {
  const found = check('src/ledger/a.ts', text);
  expect(found).toHaveLength(1);
  expect(found[0]?.line).toBeGreaterThan(1);
  expect(found[0]?.says).toContain(name);
});

test.each([
  ['src/kernel/clock.ts', 'Date.now(); performance.now(); new Date();'],
  ['src/kernel/ids.ts', "import { randomBytes } from 'node:crypto'; randomBytes(8);"],
  ['src/config.ts', 'process.env.PORT'],
  ['src/ledger/a.ts', 'new Date(1_000)'],
  ['src/ledger/a.ts', 'function start(fetch: () => void) { fetch(); }'],
  ['src/ledger/a.ts', "import { fetch } from 'undici'; fetch();"],
  ['src/ledger/a.ts', 'client.fetch(url)'],
  ['src/ledger/a.ts', '// Date.now() is in a comment'],
  ['src/ledger/a.ts', "const text = 'process.env'"],
  ['src/ledger/a.test.ts', 'process.env.PATH; Date.now();'],
  ['tools/rows.ts', "console.log('x'); process.env.PATH;"],
])('in %s one may write %s', (path, text) => {
  expect(check(path, text)).toEqual([]);
});

test('a test may not print, and nobody may use chance or floats', () => {
  expect(check('src/ledger/a.test.ts', "console.log('x')")).toHaveLength(1);
  expect(check('tools/rows.ts', 'Math.random()')).toHaveLength(1);
  expect(check('bench/rate.ts', "parseFloat('1')")).toHaveLength(1);
});
