import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';

let root: string;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'farebox-tidy-')), 'with a space');
  await mkdir(join(root, 'src'), { recursive: true });
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'src/a.ts'), 'export const a = 1;\n');
  await writeFile(join(root, 'src/picture.png'), new Uint8Array([137, 80, 0, 71]));
  await writeFile(join(root, 'node_modules/b.ts'), '');
});

afterEach(() => rm(join(root, '..'), { recursive: true, force: true }));

test('without git every file is read but what others made', () => {
  const checkout = readCheckout(root);
  expect(checkout.paths).toEqual(['src/a.ts', 'src/picture.png']);
  expect(checkout.sources.map(({ path }) => path)).toEqual(['src/a.ts']);
  expect(checkout.text('src/picture.png')).toBe('');
});

test('with git new files count, ignored and deleted ones do not', async () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, stdio: 'ignore' });
  await writeFile(join(root, '.gitignore'), 'node_modules/\nsecret.ts\n');
  await writeFile(join(root, 'gone.ts'), '');
  git('init');
  git('add', '.');
  await rm(join(root, 'gone.ts'));
  await writeFile(join(root, 'new.ts'), '');
  await writeFile(join(root, 'secret.ts'), '');
  const { paths } = readCheckout(root);
  expect(paths).toEqual(['.gitignore', 'new.ts', 'src/a.ts', 'src/picture.png']);
});

test('a file that is no TypeScript is named', async () => {
  await writeFile(join(root, 'src/broken.ts'), 'const = ;');
  expect(() => readCheckout(root)).toThrow('src/broken.ts cannot be parsed');
});
