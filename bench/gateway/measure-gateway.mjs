// The metered call beside nginx, a bare pass-through and Portkey: in each round every load is given
// to every contender, whose order changes from round to round.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, openServer, urlOfDatabase } from '../machine/database-server.mjs';
import { pin } from '../machine/pinning.mjs';
import { cpuMsOf, familyOf, memoryMbOf } from '../machine/processes.mjs';
import { casesOf } from './cases.mjs';
import { startContenders } from './contenders.mjs';
import { startLoadGenerator } from './load-generator.mjs';

const MOST_CONNECTIONS = 64;
const LONGER_FIRST_WARM_MS = 2_000;

/**
 * Measures all cases. The result: `samples` (one a case, contender and round), what the server used
 * at rest, what was switched on, how many calls were counted and verified.
 */
export async function measureGateway({ rooms, options, pinning, say }) {
  const folder = await makeFolder();
  const { server, databaseUrl } = await ownDatabase(rooms, options);
  const { chunkMs } = options;
  let field;
  let load;
  try {
    field = await startContenders({
      ...{ rooms, folder, pinning, chunkMs, callers: MOST_CONNECTIONS, databaseUrl },
    });
    load = startLoadGenerator();
    await pin(load.pid, pinning?.load);
    const { farebox } = field.contenders;
    if (farebox.databasePid) await pin(farebox.databasePid, pinning?.database);
    const samples = await runRounds({ field, load, options, say });
    const idle = await measureIdle(farebox, options.quick ? 2_000 : 10_000);
    const own = samples.filter(({ contender }) => contender === 'farebox');
    const answered = own.reduce((sum, sample) => sum + sample.answered, 0);
    say(`verifying ${answered} calls`);
    const calls = await farebox.checkBooks(answered);
    const { database, limits } = farebox;
    const { missing, versions } = field;
    return { samples, idle, calls, database, limits, missing, versions, chunkMs };
  } finally {
    await load?.close();
    await field?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without an address the server brings its own PostgreSQL, as shipped. */
async function ownDatabase(rooms, { databaseUrl }) {
  if (databaseUrl === undefined) return {};
  const server = await openServer(rooms, databaseUrl);
  const { database } = await server.createDatabase('gateway');
  return { server, databaseUrl: urlOfDatabase(databaseUrl, database) };
}

async function runRounds({ field, load, options, say }) {
  const samples = [];
  const names = Object.keys(field.contenders);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const one of casesOf(options.chunkMs)) {
      const order = names.map((_, index) => names[(index + round) % names.length]);
      for (const name of order) {
        const isFirst = round === 0;
        const figures = await measure({ field, load, one, name, isFirst, options });
        samples.push({ case: one.name, contender: name, round, ...figures });
        const rate = Math.round(figures.perSecond * 10) / 10;
        say(`gateway, round ${round + 1}: ${one.title}: ${name} ${rate}/s`);
      }
    }
  }
  return samples;
}

/** One load on one contender: rate, times, and the processor time of all who took part, a call. */
async function measure({ field, load, one, name, isFirst, options }) {
  const contender = field.contenders[name];
  const groups = { mock: field.mock.pid, client: load.pid };
  if (contender.pid) groups.proxy = contender.pid;
  if (contender.databasePid) groups.database = contender.databasePid;
  const { port, headers = [], keys = ['none'] } = contender;
  const result = await load.run({
    ...{ ...one, port, headers, keys },
    families: Object.values(groups).map(familyOf),
    warmMs: one.warmMs + (isFirst ? LONGER_FIRST_WARM_MS : 0),
    windowMs: options.seconds * 1_000 * one.seconds,
  });
  const cpuMs = Object.fromEntries(
    Object.keys(groups).map((group, index) => [group, result.cpuMs[index] / result.counted]),
  );
  const perSecond = (result.counted * 1_000) / result.windowMs;
  const memoryMb = contender.pid ? memoryMbOf(contender.pid) : undefined;
  return { ...result, perSecond, cpuMs, memoryMb };
}

/** Milliseconds of processor time in a second without any call. */
async function measureIdle({ pid, databasePid }, forMs) {
  await delay(1_000);
  const families = [pid, databasePid].map((id) => (id ? familyOf(id) : []));
  const before = families.map(cpuMsOf);
  await delay(forMs);
  const [server, database] = families.map(
    (family, index) => ((cpuMsOf(family) - before[index]) * 1_000) / forMs,
  );
  return { server, database };
}
