// What a hold and its settlement cost when there are many accounts, or many calls, in the tables.
// Each size is a database of its own on one server, so that the sizes can take turns.
import { createCustomers, openBooks } from '../ledger/open-books.mjs';
import { checkBooks, openLedger, productShape } from '../ledger/product-shape.mjs';
import { drawCaller, runPairs } from '../ledger/run-pairs.mjs';
import { openServer } from '../machine/database-server.mjs';
import { growthCases } from './cases.mjs';
import { writeHistory } from './write-history.mjs';

/** A measurement is this many pairs: what is measured must not make the small tables large. */
const PAIRS = 10_000;
const QUICK_PAIRS = 2_000;

/** `samples` (one a case and round), the sizes as they were at begin and end, and the cases. */
export async function measureGrowth({ rooms, options, say }) {
  const cases = growthCases(options.quick);
  const server = await openServer(rooms, options.databaseUrl);
  const filled = new Map();
  try {
    for (const one of cases) {
      if (!filled.has(one.name)) filled.set(one.name, await fill({ rooms, server, one, say }));
    }
    const turns = cases.map((one) => turnOf(rooms, one, filled.get(one.name)));
    const samples = await runRounds({ rooms, turns, options, say });
    for (const [name, { books, calls }] of filled) {
      const made = samples.filter((sample) => sample.database === name);
      const pairs = made.reduce((sum, sample) => sum + sample.pairs, calls);
      say(`growth, ${name}: verifying ${pairs} calls`);
      await checkBooks(rooms, books.database, pairs);
    }
    const counted = samples.filter(({ isWarmUp }) => !isWarmUp);
    const [{ books }] = filled.values();
    return { samples: counted, cases, pairs: samples[0].pairs, database: books.about };
  } finally {
    for (const { books, ledger } of filled.values()) {
      await ledger.close();
      await books.database.close();
    }
    await server.close();
  }
}

async function fill({ rooms, server, one, say }) {
  say(`growth: filling a database with ${one.title}`);
  const books = await openBooks(rooms, await server.createDatabase(one.name));
  const first = await createCustomers(rooms, books, { count: one.accounts });
  const stride = one.accounts / one.callers;
  const { calls, callers } = one;
  if (calls > 0) await writeHistory(books, { calls, callers, first, stride, say });
  await books.database.query('vacuum (freeze, analyze)');
  await books.database.query('checkpoint');
  return { books, first, calls, ledger: await openLedger(rooms, books) };
}

/** One case's part of every round. */
function turnOf(rooms, one, { books, first, ledger }) {
  const stride = one.accounts / one.callers;
  return {
    ...{ name: one.title, database: one.name, databasePid: books.databasePid },
    shape: productShape(rooms, ledger, books),
    pick: drawCaller(rooms, first, one.callers, stride),
  };
}

async function runRounds({ rooms, turns, options, say }) {
  const pairs = options.quick ? QUICK_PAIRS : PAIRS;
  const samples = [];
  // The first round warms up.
  for (let round = -1; round < options.rounds; round += 1) {
    for (let index = 0; index < turns.length; index += 1) {
      const { name, database, ...turn } = turns[(index + round + 1) % turns.length];
      const figures = await runPairs({ rooms, ...turn, pairs });
      samples.push({ name, database, round, isWarmUp: round < 0, ...figures });
      const rate = Math.round(figures.perSecond);
      say(`growth, ${round < 0 ? 'warming up' : `round ${round + 1}`}: ${name} ${rate}/s`);
    }
  }
  return samples;
}
