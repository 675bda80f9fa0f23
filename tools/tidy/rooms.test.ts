import { expect, test } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { doors, importDirection, knownRooms, outsideOfHouse, roomOf } from './rooms.ts';
import { formatBreach } from './rules.ts';

const importing = (path: string, specifier: string, keyword = 'import') =>
  madeUpCheckout({ [path]: `// A file.\n${keyword} { x } from '${specifier}';\n` });

test.each([
  ['src/ledger/post.ts', 'ledger'],
  ['src/ledger/sql/post.sql', 'ledger'],
  ['src/main.ts', 'main'],
  ['src/app.test.ts', 'app'],
  ['test/database.ts', undefined],
])('%s is in room %s', (path, room) => {
  expect(roomOf(path)).toBe(room);
});

test('a folder that is no room is found, known ones and what stands beside are not', () => {
  const files = ['src/attic/a.ts', 'src/ledger/a.ts', 'src/app.ts', 'src/config.ts', 'bench/b.ts'];
  const found = knownRooms.check(madeUpCheckout(Object.fromEntries(files.map((f) => [f, '']))));
  expect(found.map((breach) => breach.path)).toEqual(['src/attic/a.ts']);
});

test.each([
  ['src/db/a.ts', '../ledger/index.ts', 'ledger is to the left of db'],
  ['src/kernel/a.ts', '../db/index.ts', 'db is to the left of kernel'],
  ['src/limits/a.ts', '../metering/index.ts', 'limits and metering stand side by side'],
  ['src/cli/a.ts', '../routes/index.ts', 'cli and routes stand side by side'],
  ['src/cli/a.ts', '../app.ts', 'app is to the left of cli'],
  ['src/ledger/a.ts', '../config.ts', 'ledger gets what it needs of config handed in'],
  ['src/cli/a.ts', '../config.ts', 'cli may import config as a type only'],
  ['src/config.ts', './db/index.ts', 'config knows the kernel only'],
  ['src/db/a.test.ts', '../tenants/index.ts', 'tenants is to the left of db'],
])('%s may not import %s', (path, specifier, says) => {
  const [found] = importDirection.check(importing(path, specifier));
  expect(found && formatBreach(found)).toContain(`${path}:2 `);
  expect(found?.says).toContain(says);
});

test.each([
  ['src/ledger/a.ts', '../db/index.ts'],
  ['src/main.ts', './kernel/index.ts'],
  ['src/app.ts', './config.ts'],
  ['src/config.ts', './kernel/index.ts'],
  ['src/ledger/a.ts', './b.ts'],
  ['src/ledger/a.test.ts', '../../test/database.ts'],
])('%s may import %s', (path, specifier) => {
  const checkout = importing(path, specifier);
  expect([...importDirection.check(checkout), ...doors.check(checkout)]).toEqual([]);
});

test('config may be imported as a type, in every way of writing it', () => {
  expect(importDirection.check(importing('src/cli/a.ts', '../config.ts', 'import type'))).toEqual(
    [],
  );
  const inline = `import { type Config } from '../config.ts';\n`;
  expect(importDirection.check(madeUpCheckout({ 'src/routes/a.ts': inline }))).toEqual([]);
});

test.each([
  ['an import', `import { x } from '../db/connect.ts';`],
  ['a type', `import type { X } from '../db/connect.ts';`],
  ['an export', `export { x } from '../db/connect.ts';`],
  ['an export of all', `export * from '../db/connect.ts';`],
  ['a late import', `const x = await import('../db/connect.ts');`],
  ['a type in place', `type X = import('../db/connect.ts').X;`],
  ['a file', `const x = new URL('../db/sql/locks.sql', import.meta.url);`],
])('%s through a window of another room is found', (_, text) => {
  const [found] = doors.check(madeUpCheckout({ 'src/ledger/a.ts': text }));
  expect(found?.says).toContain('climbs into db');
});

test('what is not in the house may look at inner files', () => {
  for (const path of ['test/sim/world.ts', 'bench/a.ts', 'tools/rows.ts']) {
    expect(doors.check(importing(path, '../../src/ledger/hold.ts'))).toEqual([]);
  }
});

test('the program may not import test code; its tests may', () => {
  const program = outsideOfHouse.check(importing('src/db/a.ts', '../../test/database.ts'));
  expect(program.map((breach) => breach.line)).toEqual([2]);
  expect(outsideOfHouse.check(importing('src/db/a.test.ts', '../../test/database.ts'))).toEqual([]);
});
