// The contender of ours: the real server, as shipped (`bin/farebox.mjs start`), set up with its own
// command line; afterwards its books are counted and verified.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, databasePid, describeDatabase } from '../machine/database-server.mjs';
import { root } from '../machine/rooms.mjs';
import { freePort, startProgram, waitForPort } from '../machine/start-process.mjs';
import { checkLimits, createCallers, createRefused } from './callers.mjs';
import { FLAT_MODEL, PACED_MODEL } from './requests.mjs';

const BIN = fileURLToPath(new URL('bin/farebox.mjs', root));
const PLATFORM = 'model-market';

export async function startFarebox({ rooms, folder, mockPort, callers, databaseUrl }) {
  const port = await freePort();
  const env = {
    FAREBOX_DATA: join(folder, 'data'),
    PORT: String(port),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const program = await startProgram({
    ...{ command: process.execPath, args: [BIN, 'start', '--json'], env },
    logFile: join(folder, 'farebox.log'),
  });
  await waitForPort(port, program.ended);
  const command = (...args) =>
    promisify(execFile)(process.execPath, [BIN, ...args], { env: { ...process.env, ...env } });
  await setUpModels(command, mockPort);
  const { database, close } = await openBeside(rooms, env);
  const on = { platformSlug: PLATFORM, count: callers, port };
  const { keys, limits } = await createCallers(rooms, database, on);
  const admitted = await checkLimits(rooms, database, on);
  return {
    ...{ port, keys, limits, pid: program.pid, database: await describeDatabase(database) },
    databasePid: await databasePid(database),
    /** Keys of one account that is refused all the time: `no-money` or `limited`. */
    createRefused: (kind, count) =>
      createRefused(rooms, database, { platformSlug: PLATFORM, kind, count }),
    /** Throws unless every answer has its settled call and the books hold. */
    checkBooks: (answered) => checkBooks(database, command, answered + admitted),
    close: async () => {
      await close();
      await program.close();
    },
  };
}

async function setUpModels(command, mockPort) {
  const on = ['--platform', PLATFORM];
  const baseUrl = `http://127.0.0.1:${mockPort}/v1`;
  await command('upstreams', 'create', ...on, '--name', 'mock', '--base-url', baseUrl);
  for (const model of [PACED_MODEL, FLAT_MODEL]) {
    await command('catalog', 'add', model, ...on);
    const prices = ['--component', 'input=0.15/1000000', '--component', 'output=0.60/1000000'];
    await command('catalog', 'price', model, ...on, ...prices);
    await command('catalog', 'route', model, ...on, '--upstream', 'mock', '--model', model);
  }
}

/** Our own connection to the server's database. */
async function openBeside(rooms, { FAREBOX_DATA: dataFolder, DATABASE_URL: url }) {
  const { db, clock, log } = rooms;
  const embedded = url
    ? undefined
    : await db.openEmbedded({ dataFolder, role: 'tool', clock, log });
  const database = connect(rooms, embedded?.address ?? db.addressFromUrl(url));
  const close = async () => {
    await database.close();
    await embedded?.close();
  };
  return { database, close };
}

async function checkBooks(database, command, answered) {
  const [{ calls, wrong }] = await database.query(
    `select count(*)::int as calls,
       count(*) filter (where outcome <> 'settled' or price = 0 or estimated)::int as wrong
     from call`,
  );
  if (calls !== answered || wrong > 0) {
    throw new Error(`${answered} answers, ${calls} rows of calls, ${wrong} of them not as priced`);
  }
  await command('verify', '--json').catch((error) => {
    throw new Error(`the books do not hold: ${error.stdout ?? error.message}`);
  });
  return calls;
}
