import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServedManage, type ServedManage } from '../served-manage.ts';

// The SDK as it is published: built by the compiler, and run where nothing of Node's is left.

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

let api: ServedManage;
let folder: string;
beforeAll(async () => {
  api = await openServedManage();
  folder = await mkdtemp(join(tmpdir(), 'farebox-sdk-'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', join(root, 'sdk/tsconfig.json'), '--outDir', folder];
  await run(process.execPath, [compiler, ...project]);
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

test('imports nothing but its own files, and comes with its types', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.js$/.test(name));
  expect(files).toContain('index.js');
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8');
    const targets = [...text.matchAll(/\b(?:from|import)\s*\(?['"]([^'"]+)['"]/g)];
    for (const [, target] of targets) expect(target, name).toMatch(/^\.{1,2}\/.*\.js$/);
    expect(await readFile(join(folder, name.replace(/\.js$/, '.d.ts')), 'utf8')).not.toBe('');
  }
  const manifest = JSON.parse(await readFile(join(root, 'sdk/package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('peerDependencies');
});

/** Loads the SDK into a world that has what every edge has, and nothing else. */
const EDGE = `import { readFileSync } from 'node:fs';
import vm from 'node:vm';
const names = ['fetch', 'Headers', 'Response', 'Request', 'URL', 'URLSearchParams', 'TextEncoder',
  'TextDecoder', 'AbortController', 'AbortSignal', 'crypto', 'atob', 'setTimeout', 'clearTimeout'];
const say = (text) => process.stdout.write(text);
const found = Object.fromEntries(names.map((name) => [name, globalThis[name]]));
const world = vm.createContext({ say, ...found });
const loaded = new Map();
const load = (url, text) => {
  const known = loaded.get(url);
  if (known) return known;
  const options = { context: world, identifier: url };
  const module = new vm.SourceTextModule(text ?? readFileSync(new URL(url), 'utf8'), options);
  loaded.set(url, module);
  return module;
};
const main = load(new URL('main.js', import.meta.url).href, process.argv[2]);
await main.link((name, { identifier }) => load(new URL(name, identifier).href));
await main.evaluate();
`;

test('works where there is neither a process nor a Buffer, as at the edge', async () => {
  const shop = await api.openPlatform();
  const { body } = await shop.owner.post('/tokens', { name: 'edge', role: 'viewer' });
  const script = join(folder, 'edge.mjs');
  await writeFile(script, EDGE);
  const program = `import { Farebox } from './index.js';
const farebox = new Farebox(${JSON.stringify({ baseUrl: api.url, token: body.token })});
const accounts = [];
for await (const { object } of farebox.accounts.list()) accounts.push(object);
const { slug } = await farebox.platforms.get('${shop.slug}');
say(JSON.stringify([typeof process, typeof Buffer, accounts, slug]));
`;
  const { stdout } = await run(process.execPath, ['--experimental-vm-modules', script, program]);
  expect(JSON.parse(stdout)).toEqual(['undefined', 'undefined', ['account'], shop.slug]);
});

test('takes its address and token from the environment where there is one', async () => {
  const shop = await api.openPlatform();
  const { body } = await shop.owner.post('/tokens', { name: 'env', role: 'viewer' });
  const script = join(folder, 'env.mjs');
  await writeFile(
    script,
    `import { Farebox } from './index.js';
process.stdout.write((await new Farebox().platforms.get('${shop.slug}')).slug);
`,
  );
  const env = { ...process.env, FAREBOX_URL: api.url, FAREBOX_TOKEN: body.token };
  expect((await run(process.execPath, [script], { env })).stdout).toBe(shop.slug);
});

test('does what its guide says, block by block', async () => {
  const shop = await api.openPlatform();
  const { body } = await shop.owner.post('/tokens', { name: 'guide', role: 'owner' });
  const env = { ...process.env, FAREBOX_URL: api.url, FAREBOX_TOKEN: body.token };
  const guide = await readFile(join(root, 'docs/guides/sdk.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
  expect(blocks.length).toBeGreaterThan(3);
  const said = [];
  for (const [index, block] of blocks.entries()) {
    const script = join(folder, `guide-${index}.mjs`);
    await writeFile(script, block.replace("'@farebox/sdk'", "'./index.js'"));
    said.push((await run(process.execPath, [script], { env })).stdout);
  }
  expect(said.join('')).toMatch(/^acc_\w+ 0\n(acc_\w+ active\n){2}2 false acc_/);
  expect(said.join('')).toMatch(/account_not_found 404 req_\w+ \[\]\nacc_\w+ 201 req_\w+\n$/);
});

test('refuses to show its token in a page, unless it is told to', async () => {
  const script = join(folder, 'browser.mjs');
  await writeFile(
    script,
    `import { Farebox } from './index.js';
globalThis.window = globalThis;
globalThis.document = {};
const made = (options) => {
  try {
    return typeof new Farebox({ baseUrl: 'https://a.example', ...options }).accounts;
  } catch (error) {
    return error.name;
  }
};
const told = { token: 'x', dangerouslyAllowBrowser: true };
process.stdout.write([made({ token: 'x' }), made(told), made({})].join());
`,
  );
  expect((await run(process.execPath, [script])).stdout).toBe('FareboxError,object,object');
});
