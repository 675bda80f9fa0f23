import { execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmptyDatabase } from '../database.ts';
import { runFarebox, type ServerProcess, startServer, stopServer } from './server.ts';

const PROMPT = { model: 'demo-small', messages: [{ role: 'user' as const, content: 'Say hello' }] };

function clientOf(server: ServerProcess, key: string): OpenAI {
  return new OpenAI({ apiKey: key, baseURL: server.greeting.url, maxRetries: 0 });
}

async function balanceOf(server: ServerProcess, key: string): Promise<string | null> {
  const { response } = await clientOf(server, key).chat.completions.create(PROMPT).withResponse();
  return response.headers.get('x-farebox-balance');
}

describe('a server on a new data folder', () => {
  let folder: string;
  let dataFolder: string;
  let server: ServerProcess;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farebox start '));
    execFileSync('chmod', ['755', folder]);
    dataFolder = join(folder, 'my data');
    server = await startServer({ dataFolder });
    key = server.greeting.key ?? '';
  });
  afterAll(async () => {
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  });

  it('greets with an address, a key, the example customer, and the key works', async () => {
    expect(server.greeting).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
      key: expect.stringMatching(/^ptr_/),
      platform: 'model-market',
      account: 'demo@model-market.example',
    });
    const answer = await clientOf(server, key).chat.completions.create(PROMPT).withResponse();
    expect(answer.data.choices[0]?.message.content).not.toBe('');
    expect(Number(answer.response.headers.get('x-farebox-balance'))).toBeLessThan(5);
  });

  it('greets with a link to its first operator, until there is one', async () => {
    const { setup_url: link } = server.greeting;
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup\?token=[\w-]{43}$/);
    expect((await fetch(link ?? '')).status).toBe(200);
    const made = await runFarebox(
      ['users', 'create', '--mail', 'root@example.com', '--operator', '--json'],
      { dataFolder },
    );
    expect(made.code).toBe(0);
    expect((await fetch(link ?? '')).status).toBe(409);
  });

  it('is alive and ready, and says at its root where things are', async () => {
    for (const path of ['/healthz', '/readyz', '/', '/openapi.json']) {
      const answer = await fetch(new URL(path, server.greeting.url));
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  it('lets no second server at its data, and names itself to it', async () => {
    const second = await runFarebox(['start', '--json'], { dataFolder });
    expect(second.code).toBe(1);
    expect(second.stdout).toBe('');
    expect(second.stderr).toContain(String(server.pid));
  });

  it('lets the operator’s commands in beside it', async () => {
    const made = await runFarebox(
      'keys create --platform model-market --account demo@model-market.example --json'.split(' '),
      { dataFolder },
    );
    expect([made.code, made.stderr]).toEqual([0, '']);
    const { key: another } = JSON.parse(made.stdout) as { key: string };
    expect(await balanceOf(server, another)).not.toBeNull();
    const verified = await runFarebox(['verify', '--json'], { dataFolder });
    expect(verified.code).toBe(0);
  });

  it('ends a running stream before it stops, with 0, and knows its books afterwards', async () => {
    const stream = await clientOf(server, key).chat.completions.create({
      ...PROMPT,
      stream: true,
      demo: { completion_tokens: 20, chunk_delay_ms: 25 },
    } as OpenAI.ChatCompletionCreateParamsStreaming);
    let chunks = 0;
    let exited: Promise<number | string> | undefined;
    for await (const _ of stream) {
      chunks += 1;
      if (chunks === 3) exited = stopServer(server);
    }
    expect(chunks).toBeGreaterThanOrEqual(20);
    expect(await exited).toBe(0);
    server = await startServer({ dataFolder });
    expect(server.greeting.key).toBeNull();
    const verified = await runFarebox(['verify', '--json'], { dataFolder });
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect(Number(await balanceOf(server, key))).toBeLessThan(5);
  });
});

describe('starting', () => {
  it.runIf(process.getuid?.() === 0)('works as a plain user as well as as root', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'farebox-plain-'));
    await chown(folder, 65_534, 65_534);
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const server = await startServer({ dataFolder: join(folder, 'data'), prefix });
    expect(await balanceOf(server, server.greeting.key ?? '')).not.toBeNull();
    expect(await stopServer(server)).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });

  it('on a PostgreSQL of the operator’s own behaves the same, also twice', async () => {
    const database = await openEmptyDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'farebox-url-'));
    const { host, port, user, password, database: name } = database.address;
    const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
    const env = { DATABASE_URL: `postgresql://${login}@/${name}?host=${host}&port=${port}` };
    const servers = await Promise.all([
      startServer({ dataFolder: folder, env }),
      startServer({ dataFolder: folder, env }),
    ]);
    const keys = servers.flatMap((server) => server.greeting.key ?? []);
    expect(keys).toHaveLength(1);
    for (const server of servers) expect(await balanceOf(server, keys[0] ?? '')).not.toBeNull();
    expect(await Promise.all(servers.map(stopServer))).toEqual([0, 0]);
    const stranger = await runFarebox(['start'], { dataFolder: join(folder, 'other'), env });
    expect([stranger.code, stranger.stderr]).toEqual([
      1,
      expect.stringContaining('FAREBOX_SECRET_KEY'),
    ]);
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('with --empty sets nothing up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'farebox-empty-'));
    execFileSync('chmod', ['755', folder]);
    const server = await startServer({ dataFolder: folder, args: ['--empty'] });
    expect(server.greeting).toMatchObject({ key: null, platform: null, account: null });
    expect(await stopServer(server)).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });

  it('on a taken port says so and what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'farebox-port-'));
    execFileSync('chmod', ['755', folder]);
    const first = await startServer({ dataFolder: join(folder, 'a') });
    const taken = new URL(first.greeting.url).port;
    const second = await runFarebox(['start', '--json'], {
      dataFolder: join(folder, 'b'),
      env: { PORT: taken },
    });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`Port ${taken}`);
    expect(second.stderr).toContain('Set PORT');
    await stopServer(first);
    await rm(folder, { recursive: true, force: true });
  });

  it('with bad settings names all of them at once', async () => {
    const env = { PORT: '99999', FAREBOX_LOG_LEVEL: 'loud', FAREBOX_NONSENSE: '1' };
    const checked = await runFarebox(['--check'], { dataFolder: '/nowhere', env });
    expect(checked.code).toBe(1);
    for (const name of Object.keys(env)) expect(checked.stdout + checked.stderr).toContain(name);
  });
});
