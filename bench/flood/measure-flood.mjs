// Sixty-four who pay, alone and beside a flood of sixty-four who are refused: by an empty wallet or
// by a limit, with one key or with a key each. Within a round every flood is measured between two
// times of quiet, so that a machine that becomes busier meanwhile does not count for or against.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startFarebox } from '../gateway/farebox.mjs';
import { startLoadGenerator } from '../gateway/load-generator.mjs';
import { PACED_MODEL } from '../gateway/requests.mjs';
import { makeFolder, openServer, urlOfDatabase } from '../machine/database-server.mjs';
import { pin } from '../machine/pinning.mjs';
import { familyOf } from '../machine/processes.mjs';
import { forkListening } from '../machine/start-process.mjs';

const MOCK = fileURLToPath(new URL('../gateway/mock-upstream.mjs', import.meta.url));
const CLIENTS = 64;
const WARM_MS = 500;
const FIRST_WARM_MS = 2_500;

export const FLOODS = [
  { name: 'no-money-1', kind: 'no-money', keys: 1, title: 'no money, one key' },
  { name: 'no-money-64', kind: 'no-money', keys: CLIENTS, title: `no money, ${CLIENTS} keys` },
  { name: 'limited-1', kind: 'limited', keys: 1, title: 'limited, one key' },
  { name: 'limited-64', kind: 'limited', keys: CLIENTS, title: `limited, ${CLIENTS} keys` },
];

/** The result: `samples`, one a flood and round, each with `before`, `during`, `after`, `flood`. */
export async function measureFlood({ rooms, options, pinning, say }) {
  const folder = await makeFolder();
  const closers = [() => rm(folder, { recursive: true, force: true })];
  const opened = async (pending) => {
    const one = await pending;
    closers.push(one.close);
    return one;
  };
  try {
    const mock = await opened(forkListening(MOCK, [String(options.chunkMs)]));
    const databaseUrl = await ownDatabase(rooms, options, opened);
    const callers = { callers: CLIENTS, mockPort: mock.port };
    const farebox = await opened(startFarebox({ rooms, folder, databaseUrl, ...callers }));
    const paying = await opened(startLoadGenerator());
    const flooding = await opened(startLoadGenerator());
    await pin(farebox.pid, pinning?.contender);
    for (const { pid } of [mock, paying, flooding]) await pin(pid, pinning?.load);
    if (farebox.databasePid) await pin(farebox.databasePid, pinning?.database);
    const samples = await runRounds({ farebox, paying, flooding, options, say });
    const calls = await farebox.checkBooks(samples.reduce((sum, each) => sum + each.answered, 0));
    return { samples, calls, clients: CLIENTS, database: farebox.database };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function ownDatabase(rooms, { databaseUrl }, opened) {
  if (databaseUrl === undefined) return undefined;
  const server = await opened(openServer(rooms, databaseUrl));
  const { database } = await server.createDatabase('flood');
  return urlOfDatabase(databaseUrl, database);
}

async function runRounds({ farebox, paying, flooding, options, say }) {
  const windowMs = options.seconds * 1_000;
  const job = {
    connections: CLIENTS,
    stream: false,
    model: PACED_MODEL,
    staggerMs: 0,
    headers: [],
  };
  const families = [farebox.pid, farebox.databasePid].map((pid) => (pid ? familyOf(pid) : []));
  const { port } = farebox;
  const pay = (warmMs) =>
    paying.run({ ...job, port, keys: farebox.keys, families, warmMs, windowMs });
  const floods = [];
  for (const flood of FLOODS) {
    floods.push({ ...flood, keys: await farebox.createRefused(flood.kind, flood.keys) });
  }
  const samples = [];
  let quiet = await pay(FIRST_WARM_MS);
  let answered = quiet.answered;
  for (let round = 0; round < options.rounds; round += 1) {
    for (const { name, title, kind, keys } of floods) {
      const refusals = [kind === 'limited' ? 429 : 402];
      const [during, flood] = await Promise.all([
        pay(2 * WARM_MS),
        // It begins before what is counted of the others, and ends after it.
        flooding.run({
          ...{ ...job, port, keys, refusals, families: [] },
          ...{ warmMs: WARM_MS, windowMs: windowMs + WARM_MS },
        }),
      ]);
      const after = await pay(WARM_MS);
      answered += during.answered + after.answered + flood.answered - flood.refused;
      samples.push({ name, round, before: quiet, during, after, flood, answered });
      answered = 0;
      quiet = after;
      say(`flood, round ${round + 1}: ${title}: ${sayRates(samples.at(-1))}`);
    }
  }
  return samples;
}

function sayRates({ before, during, after, flood }) {
  const rate = ({ counted, windowMs }) => Math.round((counted * 1_000) / windowMs);
  const refused = Math.round((flood.refusedCounted * 1_000) / flood.windowMs);
  return `${rate(before)}/s, beside ${refused} refusals/s ${rate(during)}/s, ${rate(after)}/s`;
}
