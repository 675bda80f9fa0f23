import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, type Db, openEmbedded } from '../../src/db/index.ts';
import { createLog, systemClock } from '../../src/kernel/index.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { type ServerProcess, startServer, stopServer } from '../process/server.ts';

const ROUNDS = 20;
const STREAMS = 8;
const TARGETS = ['server', 'database', 'both'] as const;
type Target = (typeof TARGETS)[number];

let folder: string;
let dataFolder: string;
let server: ServerProcess;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-kill-'));
  execFileSync('chmod', ['755', folder]);
  dataFolder = join(folder, 'data');
  server = await startServer({ dataFolder });
  key = server.greeting.key ?? '';
});
afterAll(async () => {
  await stopServer(server);
  await rm(folder, { recursive: true, force: true });
});

interface Streamed {
  readonly requestId: string | null;
  readonly isComplete: boolean;
}

/** Streams one call and tells whether its end arrived. `onChunk` is called while it runs. */
async function stream(onChunk: () => void): Promise<Streamed> {
  const response = await fetch(`${server.greeting.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo-small',
      stream: true,
      messages: [{ role: 'user', content: 'Tell me something' }],
      demo: { completion_tokens: 40, chunk_delay_ms: 10 },
    }),
  }).catch(() => undefined);
  if (response === undefined) return { requestId: null, isComplete: false };
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      onChunk();
    }
  } catch {
    // The connection was cut with the server: what there is of the text tells.
  }
  return {
    requestId: response.headers.get('x-request-id'),
    isComplete: text.includes('data: [DONE]'),
  };
}

async function killTarget(target: Target): Promise<void> {
  const pidFile = await readFile(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8');
  const postmaster = Number(pidFile.split('\n')[0]);
  if (target !== 'server') process.kill(postmaster, 'SIGKILL');
  if (target !== 'database') server.kill('SIGKILL');
}

async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const log = createLog('silent');
  const embedded = await openEmbedded({ dataFolder, role: 'tool', clock: systemClock, log });
  const db = connectDatabase({ address: embedded.address, maxConnections: 2, log });
  try {
    return await work(db);
  } finally {
    await db.close();
    await embedded.close();
  }
}

it(`loses no money when it is killed ${ROUNDS} times in mid-stream`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = TARGETS[round % TARGETS.length] ?? 'server';
    let chunks = 0;
    let killed: Promise<void> | undefined;
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, () =>
        stream(() => {
          chunks += 1;
          // At another point of the streams' life in each round.
          if (chunks > 5 + round * 6) killed ??= killTarget(target);
        }),
      ),
    );
    await killed;
    expect(killed, 'the streams were long enough to be killed').toBeDefined();
    if (target !== 'database') {
      expect(await server.exited).toBe('SIGKILL');
      server = await startServer({ dataFolder });
    } else {
      // The server lived on: it brought its database back and settled what it had delivered.
      expect(streams.filter((one) => one.isComplete)).toHaveLength(STREAMS);
    }
    await checkBooks(streams, `round ${round}, ${target} killed`);
  }
  // Had nothing been under way at the kills, nothing was shown.
  const expired = await withDatabase((db) =>
    db.query(`select from call where outcome = 'expired'`),
  );
  expect(expired.length).toBeGreaterThan(ROUNDS);
});

async function checkBooks(streams: readonly Streamed[], label: string): Promise<void> {
  await withDatabase(async (db) => {
    const [open] = await db.query<{ n: bigint }>(
      `select count(*) as n from hold h left join call c on c.id = h.id and c.leg = h.leg
       where c.id is null`,
    );
    expect(open?.n, `open holds, ${label}`).toBe(0n);
    expect(await verifyLedger(db), label).toEqual([]);
    const lost = await db.query(`select from call where outcome <> 'settled' and charge > 0`);
    expect(lost, `charged for what was lost, ${label}`).toEqual([]);
    const [settled] = await db.query<{ n: bigint }>(
      `select count(*) as n from call where outcome = 'settled'`,
    );
    const complete = streams.filter((one) => one.isComplete).length;
    expect(Number(settled?.n), `settled calls, ${label}`).toBeGreaterThanOrEqual(complete);
  });
}
