import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectDatabase, type Db } from '../../src/db/index.ts';
import { createLog, systemRandom } from '../../src/kernel/index.ts';
import { findPlatform } from '../../src/tenants/index.ts';
import { createDice } from '../fleet/dice.ts';
import { expectOneChargeEach, untilNothingIsHeld, watchWallets } from '../fleet/fleet-books.ts';
import { startCallers } from '../fleet/repeating-callers.ts';
import { type Fleet, startFleet } from '../fleet/start-fleet.ts';
import { openManyCustomers } from '../many-customers.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

const REPLICAS = 3;
const CALLERS = 24;
const KILLS = 24;
const WALLETS = 10_000;
/** Half of the calls share one wallet; a quarter share some that run dry. */
const PLENTY = 1_000_000_000_000n;
const SCARCE_WALLETS = 20;
const FEW_CALLS = 100_000;
const SOME_CALLS = 500_000;

// The same seed draws the same throws; what they meet differs with the machine's own timing.
const drawn = Buffer.from(systemRandom(4)).readUInt32LE();
const seed = Number(process.env.CHAOS_SEED ?? drawn);

let postgres: PostgresServer;
let db: Db;
let fleet: Fleet;

beforeAll(async () => {
  postgres = await startPostgres({ max_connections: '200' });
  db = connectDatabase({
    address: postgres.address,
    maxConnections: 2,
    log: createLog('silent'),
  });
  fleet = await startFleet(postgres.address, REPLICAS);
}, 240_000);
afterAll(async () => {
  await fleet?.remove();
  await db?.close();
  await postgres?.remove();
});

test(`${KILLS} kills of servers and database double and lose nothing, seed ${seed}`, async () => {
  const dice = createDice(seed);
  const platform = await findPlatform(db, 'model-market');
  const [hot, ...customers] = await openManyCustomers(db, platform?.id ?? 0n, [
    PLENTY,
    ...Array.from({ length: WALLETS }, (_, index) =>
      BigInt(dice.below(index < SCARCE_WALLETS ? FEW_CALLS : SOME_CALLS)),
    ),
  ]);
  const scarce = customers.slice(0, SCARCE_WALLETS);
  const wallets = watchWallets(db);
  const callers = startCallers({
    count: CALLERS,
    dice: dice.child(),
    origins: fleet.origins,
    customer: (own) => own.pick(own.pick([[hot], [hot], customers, scarce]))?.key ?? '',
  });
  const { told } = callers;

  const killed = { server: 0, database: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const answered = told.completed.length + 10 + dice.below(80);
    await vi.waitUntil(() => told.completed.length >= answered, { timeout: 120_000 });
    if (dice.below(3) > 0) {
      killed.server += 1;
      await vi.waitUntil(() => fleet.servers.length > 0, { timeout: 60_000 });
      await fleet.kill(dice.pick(fleet.servers));
    } else {
      killed.database += 1;
      await postgres.kill();
      await postgres.start();
    }
  }
  await fleet.whole();
  await callers.stop();
  await untilNothingIsHeld(db);
  const { seen, looks } = wallets.stop();
  expect(seen).toEqual([]);
  expect(looks).toBeGreaterThan(KILLS);
  // Had nobody been refused, interrupted or killed, nothing was shown.
  expect(Math.min(killed.server, killed.database, told.broken, told.refused)).toBeGreaterThan(0);
  await expectOneChargeEach(db, told);
  await fleet.verify();
  expect(await fleet.stop()).toEqual(Array(REPLICAS).fill(0));
});
