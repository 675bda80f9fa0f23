import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const NOBODY = 65_534;
let root: string;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'farebox-build-')), 'a path with spaces');
  await mkdir(join(root, 'src/room'), { recursive: true });
  for (const path of ['bin/farebox.mjs', 'tools/build.mjs', 'tsconfig.json', 'package.json']) {
    await cp(join(checkout, path), join(root, path));
  }
  await symlink(join(checkout, 'node_modules'), join(root, 'node_modules'));
  await writeMain('first');
  await writeFile(join(root, 'src/room/query.sql'), 'select 1;\n');
});

afterEach(() => rm(join(root, '..'), { recursive: true, force: true }));

const writeMain = (answer: string) =>
  writeFile(
    join(root, 'src/main.ts'),
    `export async function run(argv: readonly string[]): Promise<number> {
  process.stdout.write(\`${answer} \${argv.join(',')}\\n\`);
  return argv.length;
}
`,
  );

interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function runNode(args: readonly string[], user: { uid?: number } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, ...user }, (error, stdout, stderr) => {
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

const farebox = (...args: string[]) => runNode([join(root, 'bin/farebox.mjs'), ...args]);
const stampTime = async () => (await stat(join(root, 'dist/.stamp'))).mtimeMs;

test('a first start builds in silence and hands on arguments and exit code', async () => {
  expect(await farebox('keys', 'create')).toEqual({
    exitCode: 2,
    stdout: 'first keys,create\n',
    stderr: '',
  });
  expect(await readFile(join(root, 'dist/room/query.sql'), 'utf8')).toBe('select 1;\n');
});

test('a second start does not build, even where no compiler is installed', async () => {
  await farebox();
  const built = await stampTime();
  await rm(join(root, 'node_modules'));
  expect(await farebox()).toMatchObject({ exitCode: 0, stdout: 'first \n' });
  expect(await stampTime()).toBe(built);
});

test('a changed, an added and a deleted source each lead to a new build', async () => {
  await writeFile(join(root, 'src/room/gone.ts'), 'export const gone = 1;\n');
  await farebox();
  await writeMain('other');
  await rm(join(root, 'src/room/gone.ts'));
  await writeFile(join(root, 'src/room/new.sql'), 'select 2;\n');
  expect(await farebox()).toMatchObject({ stdout: 'other \n' });
  await expect(stat(join(root, 'dist/room/gone.js'))).rejects.toThrow('ENOENT');
  expect(await readFile(join(root, 'dist/room/new.sql'), 'utf8')).toBe('select 2;\n');
});

test('a changed test file leads to no new build', async () => {
  await farebox();
  const built = await stampTime();
  await writeFile(join(root, 'src/room/room.test.ts'), 'export const x: number = "not one";\n');
  await farebox();
  expect(await stampTime()).toBe(built);
});

test('a file missing from dist is put back', async () => {
  await farebox();
  await rm(join(root, 'dist/room/query.sql'));
  await farebox();
  expect(await readFile(join(root, 'dist/room/query.sql'), 'utf8')).toBe('select 1;\n');
});

test('four first starts at once all succeed and leave nothing behind', async () => {
  const outcomes = await Promise.all([farebox('a'), farebox('b'), farebox('c'), farebox('d')]);
  expect(outcomes.map((outcome) => outcome.stderr)).toEqual(['', '', '', '']);
  expect(outcomes.map((outcome) => outcome.stdout)).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => `first ${name}\n`),
  );
  const built = await stampTime();
  await farebox();
  expect(await stampTime()).toBe(built);
});

test('source that does not compile is refused on stderr, and the old build stays', async () => {
  await farebox();
  await writeFile(join(root, 'src/room/bad.ts'), 'export const bad: number = "text";\n');
  const outcome = await farebox();
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toContain('src/room/bad.ts(1,14)');
  await rm(join(root, 'src/room/bad.ts'));
  expect(await farebox()).toMatchObject({ exitCode: 0, stdout: 'first \n' });
});

test('a published package, which has no src, runs its dist', async () => {
  await farebox();
  await rm(join(root, 'src'), { recursive: true });
  await rm(join(root, 'tools'), { recursive: true });
  expect(await farebox('x')).toMatchObject({ exitCode: 1, stdout: 'first x\n' });
});

test('a missing compiler is named together with its remedy', async () => {
  await rm(join(root, 'node_modules'));
  const outcome = await farebox();
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toContain('Run: npm ci');
});

test('an unwritable checkout runs while fresh and says what to do when stale', async () => {
  await farebox();
  await chmod(join(root, '..'), 0o755);
  await chmod(root, 0o555);
  const reader = process.getuid?.() === 0 ? { uid: NOBODY } : {};
  const command = [join(root, 'bin/farebox.mjs')];
  expect(await runNode(command, reader)).toMatchObject({ exitCode: 0, stdout: 'first \n' });
  await writeMain('second');
  const outcome = await runNode(command, reader);
  await chmod(root, 0o755);
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toContain('cannot be written (EACCES). Run "npm run build"');
});

test('an old Node is refused with both versions, before anything else is loaded', async () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });";
  const outcome = await runNode([
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    join(root, 'bin/farebox.mjs'),
  ]);
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toContain('needs Node.js 20.19 or newer; this is 18.20.4');
});
