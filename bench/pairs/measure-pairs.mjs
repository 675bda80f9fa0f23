// Holds and settlements a second, without the gateway around them: over many wallets, on one, on
// wallets with three grants, and the bare shape beside them. Client and database share the machine.
import { createCustomers, openBooks } from '../ledger/open-books.mjs';
import {
  checkBooks,
  checkClaims,
  openLedger,
  openSealer,
  productShape,
} from '../ledger/product-shape.mjs';
import { drawCaller, runPairs } from '../ledger/run-pairs.mjs';
import { openServer } from '../machine/database-server.mjs';
import { openBareShape } from './bare-shape.mjs';

const WALLETS = 10_000;
/** Of each case. Together longer than the seal stays behind: it is at work when it counts. */
const WARM_MS = { full: 27_000, quick: 2_000 };

/** `samples` (one a case and round), what was switched on, and how many pairs were verified. */
export async function measurePairs({ rooms, options, say }) {
  const server = await openServer(rooms, options.databaseUrl);
  let books;
  let ledger;
  let sealer;
  let bare;
  try {
    books = await openBooks(rooms, await server.createDatabase('pairs'));
    const first = await createCustomers(rooms, books, { count: WALLETS });
    const granted = await createCustomers(rooms, books, { count: WALLETS, grants: 3 });
    ledger = await openLedger(rooms, books);
    sealer = openSealer(rooms, books);
    bare = await openBareShape(books.database, WALLETS);
    const counters = await checkClaims(rooms, ledger, books, first);
    const shape = productShape(rooms, ledger, books);
    const cases = {
      spread: { shape, pick: drawCaller(rooms, first, WALLETS) },
      hot: { shape, pick: () => first },
      grants: { shape, pick: drawCaller(rooms, granted, WALLETS) },
      'bare-spread': { shape: bare, pick: drawCaller(rooms, 0n, WALLETS) },
      'bare-hot': { shape: bare, pick: () => 0n },
    };
    const samples = await runRounds({ rooms, books, cases, options, say });
    const own = samples.filter(({ name }) => cases[name].shape === shape);
    const pairs = own.reduce((sum, sample) => sum + sample.pairs, 0);
    await sealer.close();
    const sealed = await countSealed(books.database);
    if (!options.quick && sealed === 0) throw new Error('the seal was not at work behind them');
    say(`verifying ${pairs} pairs, ${sealed} of them sealed`);
    await checkBooks(rooms, books.database, pairs);
    const counted = samples.filter(({ isWarmUp }) => !isWarmUp);
    return { samples: counted, pairs, sealed, counters, wallets: WALLETS, database: books.about };
  } finally {
    await sealer?.close();
    await ledger?.close();
    await bare?.close();
    await books?.database.close();
    await server.close();
  }
}

async function countSealed(database) {
  const [{ sealed }] = await database.query(
    `select coalesce(sum(row_count), 0)::int as sealed from seal_block where kind <> 'transfers'`,
  );
  return sealed;
}

async function runRounds({ rooms, books, cases, options, say }) {
  const { database, databasePid } = books;
  const names = Object.keys(cases);
  const samples = [];
  const measure = async (name, about, forMs) => {
    const figures = await runPairs({ rooms, ...cases[name], databasePid, forMs });
    samples.push({ name, ...about, ...figures });
    say(
      `pairs, ${about.isWarmUp ? 'warming up' : `round ${about.round + 1}`}: ${name} ` +
        `${Math.round(figures.perSecond)}/s`,
    );
  };
  const warmMs = options.quick ? WARM_MS.quick : WARM_MS.full;
  for (const name of names) await measure(name, { isWarmUp: true }, warmMs);
  // Plans and free space as they are after a while of work.
  await database.query('vacuum analyze');
  for (let round = 0; round < options.rounds; round += 1) {
    for (let index = 0; index < names.length; index += 1) {
      const name = names[(index + round) % names.length];
      await measure(name, { round, isWarmUp: false }, options.seconds * 1_000);
    }
  }
  return samples;
}
