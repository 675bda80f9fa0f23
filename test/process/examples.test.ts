import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoUsers } from '../mongo-users.ts';
import { type ServerProcess, startServer, stopServer } from './server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Where a reader would be: a folder with the files that the examples name. */
let folder: string;
let server: ServerProcess;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-examples-'));
  await chmod(folder, 0o755);
  const dataFolder = join(folder, 'data');
  server = await startServer({ dataFolder });
  const cut = (name: string) => join(root, 'test/fixtures', name);
  await copyFile(cut('model-prices-cut.json'), join(folder, 'prices.json'));
  await writeFile(join(folder, 'users.json'), mongoUsers(448));
  const customers = 'contact.mail,credit_usd\nann@import.example,1.5\n';
  await writeFile(join(folder, 'customers.csv'), customers);
  const trace = 'azure-llm-trace-2023-conversation.csv';
  const rows = (await readFile(cut('azure-llm-trace-cut.csv'), 'utf8')).split('\r\n');
  await writeFile(join(folder, trace), rows.slice(0, 41).join('\r\n'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  environment = {
    PATH: process.env.PATH,
    FAREBOX_DATA: dataFolder,
    BASE_URL: server.greeting.url,
    KEY: server.greeting.key ?? '',
  };
});
afterAll(async () => {
  await stopServer(server);
  await rm(folder, { recursive: true, force: true });
});

/** The fenced blocks of one language in a document, in their order. */
async function blocksOf(document: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, document), 'utf8');
  const fence = new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm');
  return [...text.matchAll(fence)].map((match) => match[1] ?? '');
}

/** What stands for the reader's own values in an example. */
function asHere(example: string): string {
  const bin = `'${process.execPath}' '${join(root, 'bin/farebox.mjs')}'`;
  return example
    .replaceAll('npx farebox', bin)
    .replace(/\bnode (scripts\/\S+)/g, (_, path) => `'${process.execPath}' '${join(root, path)}'`)
    .replace(/^farebox /gm, `${bin} `)
    .replaceAll('http://127.0.0.1:3000/v1', server.greeting.url)
    .replaceAll('http://127.0.0.1:3000', new URL(server.greeting.url).origin)
    .replaceAll('ptr_...', server.greeting.key ?? '')
    .replaceAll('sk-...', 'sk-made-up');
}

async function runShell(example: string): Promise<string> {
  const script = `set -euo pipefail\n${asHere(example)}`;
  const { stdout } = await run('bash', ['-c', script], { cwd: folder, env: environment });
  return stdout;
}

describe('an example', () => {
  it('of the README works: the client prints an answer and its cost', async () => {
    const [example = ''] = await blocksOf('README.md', 'js');
    await writeFile(join(folder, 'example.mjs'), asHere(example));
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder });
    expect(stdout).toMatch(/0\.0000\d+ USD\n$/);
  });

  it('of docs/guides/retries.md works: the second attempt is a replay of the first', async () => {
    const [example = ''] = await blocksOf('docs/guides/retries.md', 'js');
    await writeFile(join(folder, 'retries.mjs'), asHere(example));
    const { stdout } = await run(process.execPath, ['retries.mjs'], { cwd: folder });
    expect(stdout).toMatch(/^1 (\S+) false\n2 \1 true\n$/);
  });

  it('that the server prints at its first start works when it is pasted', async () => {
    const dataFolder = join(folder, 'pasted');
    const child = spawn(process.execPath, [join(root, 'bin/farebox.mjs'), 'start'], {
      env: { PATH: process.env.PATH, FAREBOX_DATA: dataFolder, PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let greeting = '';
    for await (const chunk of child.stdout) {
      greeting += String(chunk);
      if (greeting.includes("}'\n\n")) break;
    }
    const curl = greeting.slice(greeting.indexOf('curl '));
    const { stdout } = await run('bash', ['-c', curl]);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(stdout).toContain('x-farebox-cost: 0.0000');
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  // A document with a dozen commands starts a dozen processes.
  it.each([
    'docs/start/real-provider.md',
    'docs/guides/balances.md',
    'docs/guides/catalog-import.md',
    'docs/guides/demo-provider.md',
    'docs/guides/import.md',
    'docs/guides/keys.md',
    'docs/guides/plans.md',
    'docs/guides/prices.md',
    'docs/guides/replay.md',
    'docs/guides/retries.md',
    'docs/guides/usage.md',
    'docs/guides/ingest.md',
  ])(
    'of %s works',
    async (document) => {
      const examples = await blocksOf(document, 'sh');
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) await runShell(example);
    },
    180_000,
  );
});
