import { expect, test } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { namedPathsExist } from './named-paths.ts';
import { everyFileReached } from './reached.ts';

const unreached = (files: Record<string, string>) =>
  everyFileReached.check(madeUpCheckout(files)).map(({ path }) => path);

const house = {
  'src/main.ts': "import { app } from './app.ts';",
  'src/app.ts': "export * from './db/index.ts';",
  'src/db/index.ts': "const file = 'locks.sql';\nconst w = './count-worker.ts';",
  'src/db/locks.sql': 'select 1;',
  'src/db/count-worker.ts': '',
};

test('a house in which the start leads to every file is in order', () => {
  expect(unreached(house)).toEqual([]);
});

test('a file that nobody, only its test or only itself imports is found', () => {
  const lost = {
    'src/db/lost.ts': "import './lost.ts';",
    'src/db/tested.ts': '',
    'src/db/tested.test.ts': "import './tested.ts';",
    'src/db/lost.sql': '',
  };
  const expected = ['src/db/lost.ts', 'src/db/tested.ts', 'src/db/lost.sql'];
  expect(unreached({ ...house, ...lost })).toEqual(expected);
});

test('two files that only import each other are found', () => {
  const pair = { 'src/db/a.ts': "import './b.ts';", 'src/db/b.ts': "import './a.ts';" };
  expect(unreached({ ...house, ...pair })).toEqual(['src/db/a.ts', 'src/db/b.ts']);
});

test('while there is no start, any import counts and doors need none', () => {
  const part = { 'src/db/index.ts': "import './a.ts';", 'src/db/a.ts': '', 'src/db/b.ts': '' };
  expect(unreached(part)).toEqual(['src/db/b.ts']);
});

test('a tool is used when it is imported or started by its path', () => {
  const tools = {
    'package.json': '{"scripts":{"rows":"node tools/rows.ts"}}',
    'tools/rows.ts': "import './print.ts';",
    'tools/print.ts': '',
    'tools/lost.ts': '',
    'test/lost.ts': '',
  };
  expect(unreached(tools)).toEqual(['test/lost.ts', 'tools/lost.ts']);
});

const named = (markdown: string) =>
  namedPathsExist
    .check(madeUpCheckout({ ...house, 'ARCHITECTURE.md': markdown, 'migrations/0001_a.sql': '' }))
    .map(({ line, says }) => `${line} ${says}`);

test('a path that ARCHITECTURE.md names and nobody has is found with its line', () => {
  expect(named('A walk.\nIt begins in `src/gone.ts`, then `db/index.ts`.')).toEqual([
    '2 names src/gone.ts, which does not exist',
  ]);
  expect(named('See `gone.ts` and `src/gone/`.')).toHaveLength(2);
});

test('paths from the root, from src, by name and with a star are looked up', () => {
  expect(named('`src/db/index.ts` `db/locks.sql` `app.ts` `src/db/` `migrations/*.sql`')).toEqual(
    [],
  );
});

test('routes, media types, packages, drawings and paths outside are no paths of ours', () => {
  const text = '`/v1/models` `text/plain` `@hono/node-server` `../shared/data/a.md` `a.b()`';
  expect(named(`${text}\n\`\`\`\n\`src/planned.ts\`\n\`\`\``)).toEqual([]);
});
