import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, type ManageApi, openManageApi } from '../../../test/manage-api.ts';
import { systemClock } from '../../kernel/index.ts';
import { createStreams, type Streamed } from './stream.ts';

let api: ManageApi;
let platformId: bigint;
let owner: Client;
beforeAll(async () => {
  api = await openManageApi();
  const shop = await api.openPlatform();
  ({ platformId, owner } = shop);
});
afterAll(() => api.close());

const streamed = (pieces: AsyncGenerator<string, void, void>): Streamed => ({
  ...{ contentType: 'text/plain', fileName: 'x.txt' },
  pieces,
});

/** Sessions of the database that are inside a snapshot of ours. */
async function openSnapshots(): Promise<number> {
  const [row] = await api.db.query<{ n: bigint }>(
    `select count(*) as n from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_xmin is not null
       and query not like '%pg_stat_activity%' and state like 'idle in transaction%'`,
  );
  return Number(row?.n);
}

const open = (streams: ReturnType<typeof createStreams>, pieces: () => AsyncGenerator<string>) =>
  streams.answer({ platformId }, async (tx) => {
    await tx.query('select count(*) from account');
    return streamed(pieces());
  });

test('what comes meanwhile is not seen, and nothing is read before it is asked for', async () => {
  let read = 0;
  const count = async (tx: { query<Row>(text: string): Promise<Row[]> }) => {
    const [row] = await tx.query<{ n: bigint }>('select count(*) as n from account');
    return Number(row?.n);
  };
  const answer = await createStreams({ db: api.db, clock: systemClock }).answer(
    { platformId },
    async (tx) =>
      streamed(
        (async function* pieces() {
          for (; read < 3; read += 1) yield `${await count(tx)} `;
        })(),
      ),
  );
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  expect(read).toBe(0);
  await owner.post('/accounts', { external_id: 'came-meanwhile' });
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    rest += Buffer.from(value).toString();
  }
  expect(rest).toBe('1 1 ');
  await expect.poll(openSnapshots).toBe(0);
});

test('more than may run at once are told to come again, until one has ended', async () => {
  const streams = createStreams({ db: api.db, clock: systemClock }, { most: 1 });
  const pieces = async function* pieces() {
    yield 'a';
    yield 'b';
  };
  const first = await open(streams, pieces);
  const second = open(streams, pieces);
  await expect(second).rejects.toMatchObject({ code: 'too_many_exports', status: 503 });
  expect(await first.text()).toBe('ab');
  expect(await (await open(streams, pieces)).text()).toBe('ab');
});

test('an answer that takes too long, or fails halfway, is cut and not ended', async () => {
  const streams = createStreams({ db: api.db, clock: systemClock }, { longestMs: 50 });
  const slow = await open(streams, async function* pieces() {
    yield 'a';
    await new Promise(() => undefined);
  });
  await expect(slow.text()).rejects.toThrow('too long');
  const failing = await open(streams, async function* pieces() {
    yield 'a';
    throw new Error('broken');
  });
  await expect(failing.text()).rejects.toThrow('broken');
  await expect.poll(openSnapshots).toBe(0);
});

test('a client that goes ends the snapshot and the statement that runs for it', async () => {
  const streams = createStreams({ db: api.db, clock: systemClock });
  const server = createServer(
    getRequestListener(() =>
      streams.answer({ platformId }, async (tx) =>
        streamed(
          (async function* pieces() {
            yield 'first';
            await tx.query(`select pg_sleep(14) as left_alone`);
          })(),
        ),
      ),
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const leave = new AbortController();
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: leave.signal });
  await (answer.body as ReadableStream<Uint8Array>).getReader().read();
  const running = async () => {
    const rows = await api.db.query(
      `select 1 from pg_stat_activity where query like '%left_alone%'
         and datname = current_database() and pid <> pg_backend_pid()`,
    );
    return rows.length;
  };
  await expect.poll(running).toBe(1);
  leave.abort();
  await expect.poll(running, { timeout: 5_000 }).toBe(0);
  await new Promise((resolve) => server.close(resolve));
});
