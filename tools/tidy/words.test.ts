import { expect, test, vi } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { kebabCase, leftOvers, machinePaths, noDrawers, registryHosts } from './words.ts';

// The words are put together here, because these rules read this file as well.
const join = (...parts: string[]) => parts.join('');

test.each([
  [join('TO', 'DO')],
  [join('FIX', 'ME')],
  [join('@ts-', 'ignore')],
  [join('biome-', 'ignore')],
])('%s is found in code, SQL and prose', (word) => {
  for (const path of ['src/a.ts', 'migrations/1.sql', 'README.md']) {
    const [found] = leftOvers.check(madeUpCheckout({ [path]: `// fine\n// ${word} later` }));
    expect(found).toEqual({ path, line: 2, says: `says ${word}: do it, or leave it out` });
  }
});

test('a word that only contains one is left alone', () => {
  expect(leftOvers.check(madeUpCheckout({ 'README.md': 'mastodons, hackers, toDo' }))).toEqual([]);
});

test('a registry is found wherever it is named', () => {
  const host = join('registry', '.', 'example.org');
  const found = registryHosts.check(
    madeUpCheckout({ '.npmrc': `a\nregistry=https://${host}/`, 'README.md': 'registry.ts' }),
  );
  expect(found).toEqual([{ path: '.npmrc', line: 2, says: `names the registry ${host}` }]);
});

test.each([[join('/made', '/up/src/x')], [join('/made', '/beside/x')], [join('/h', '/ann/x')]])(
  'the path %s of this machine is found',
  (path) => {
    vi.stubEnv('HOME', '/h/ann');
    const found = machinePaths.check(madeUpCheckout({ 'docs/a.md': `See ${path}.` }));
    vi.unstubAllEnvs();
    expect(found).toHaveLength(1);
  },
);

test('paths that every machine has, and relative ones, are left alone', () => {
  const text =
    'See /var/lib/farebox, /tmp/x, ./made/up/x, /home/ann/x, /root/x and GET /v1/models.';
  expect(machinePaths.check(madeUpCheckout({ 'docs/a.md': text }))).toEqual([]);
});

test.each([['src/utils/a.ts'], ['src/db/helpers.ts'], ['test/lib/a.ts'], ['src/common.test.ts']])(
  '%s is found as a drawer',
  (path) => {
    expect(noDrawers.check(madeUpCheckout({ [path]: '' }))).toHaveLength(1);
  },
);

test('a name that only contains a drawer is left alone', () => {
  expect(noDrawers.check(madeUpCheckout({ 'src/db/common-table.ts': '' }))).toEqual([]);
});

test('source names are kebab-case', () => {
  const names = ['src/db/rowTypes.ts', 'src/db/row_types.ts', 'src/db/row-types.test.ts', 'a.ts'];
  const found = kebabCase.check(madeUpCheckout(Object.fromEntries(names.map((n) => [n, '']))));
  expect(found.map(({ path }) => path)).toEqual(['src/db/rowTypes.ts', 'src/db/row_types.ts']);
});
