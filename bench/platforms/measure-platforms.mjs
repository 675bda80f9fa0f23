// One instance with one platform beside one with a thousand: how long it takes to start, what it
// keeps in memory, and what a call takes. Both are the real server, on databases of one PostgreSQL.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { casesOf } from '../gateway/cases.mjs';
import { startLoadGenerator } from '../gateway/load-generator.mjs';
import { connect, describeDatabase, makeFolder, openServer } from '../machine/database-server.mjs';
import { closeAtSignal } from '../machine/left-open.mjs';
import { memoryMbOf } from '../machine/processes.mjs';
import { root } from '../machine/rooms.mjs';
import { forkListening, freePort, startProgram, waitForPort } from '../machine/start-process.mjs';
import { fillPlatforms } from './fill-platforms.mjs';

const BIN = fileURLToPath(new URL('bin/farebox.mjs', root));
const MOCK = fileURLToPath(new URL('../gateway/mock-upstream.mjs', import.meta.url));
const SIZES = [1, 1_000];
const QUICK_SIZES = [1, 50];
const KEY = Buffer.alloc(32, 1).toString('base64');
/** Keys that call, spread over all platforms; the load generator takes turns with them. */
const CALLERS = 100;
const REST_MS = 1_000;

/** `samples`: one a size and round. */
export async function measurePlatforms({ rooms, options, say }) {
  const folder = await makeFolder();
  const server = await openServer(rooms, options.databaseUrl);
  const mock = await forkListening(MOCK, [String(options.chunkMs)]);
  const load = startLoadGenerator();
  const close = closeAtSignal(async () => {
    await load.close();
    await mock.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  try {
    const sizes = options.quick ? QUICK_SIZES : SIZES;
    const fields = [];
    for (const platforms of sizes) {
      say(`platforms: filling a database with ${platforms}`);
      fields.push(await fill({ rooms, server, platforms, mockPort: mock.port }));
    }
    const samples = [];
    for (let round = 0; round < options.rounds; round += 1) {
      for (let index = 0; index < fields.length; index += 1) {
        const field = fields[(index + round) % fields.length];
        samples.push({ round, ...(await measure({ field, load, folder, options })) });
        const { platforms, startMs, memoryMb, latency } = samples.at(-1);
        say(
          `platforms, round ${round + 1}: ${platforms}: start ${Math.round(startMs)} ms, ` +
            `${Math.round(memoryMb)} MB, p50 ${latency.p50.toFixed(2)} ms`,
        );
      }
    }
    return { samples, sizes, database: fields[0].about };
  } finally {
    await close();
  }
}

async function fill({ rooms, server, platforms, mockPort }) {
  const address = await server.createDatabase(`platforms_${platforms}`);
  const database = connect(rooms, address);
  await rooms.db.migrate(database, rooms.schemaFiles);
  const url = `http://127.0.0.1:${mockPort}/v1`;
  const keys = await fillPlatforms(rooms, database, { platforms, callers: CALLERS, url });
  const about = await describeDatabase(database);
  await database.close();
  return { address, platforms, keys, about };
}

/** A start, from the command to the first answer; then a rest, then calls on 8 connections. */
async function measure({ field, load, folder, options }) {
  const { host, port: databasePort, user, password = '', database } = field.address;
  const place = new URLSearchParams({ host, port: databasePort, user, password, dbname: database });
  const port = await freePort();
  const beganMs = performance.now();
  const program = await startProgram({
    ...{ command: process.execPath, args: [BIN, 'start', '--json', '--empty'] },
    env: {
      ...{ DATABASE_URL: `postgresql://?${place}`, FAREBOX_SECRET_KEY: KEY, PORT: String(port) },
      FAREBOX_DATA: join(folder, 'data'),
    },
    logFile: join(folder, `farebox-${field.platforms}.log`),
  });
  try {
    await waitForPort(port, program.ended);
    const startMs = performance.now() - beganMs;
    await delay(REST_MS);
    const restMb = memoryMbOf(program.pid).now;
    const one = casesOf(options.chunkMs).find(({ name }) => name === 'json-8');
    const result = await load.run({
      ...{ ...one, port, headers: [], keys: field.keys, families: [[program.pid]] },
      windowMs: options.seconds * 1_000,
    });
    const perSecond = (result.counted * 1_000) / result.windowMs;
    const memoryMb = memoryMbOf(program.pid).now;
    const { platforms } = field;
    return { platforms, startMs, restMb, memoryMb, perSecond, latency: result.latency };
  } finally {
    await program.close();
  }
}
