import { findDifferences } from '../../src/ledger/verify.ts';
import { databaseActs, recover } from './acts.ts';
import { SECOND_US } from './calendar.ts';
import { ask, finish } from './callers.ts';
import { Discovery } from './discovery.ts';
import { askTopUp } from './office.ts';
import type { World } from './world.ts';

const ROUND_US = 10 * SECOND_US;
/** A process that was late itself may judge others after a lease; then theirs must be over. */
const ROUNDS_MAX = 15;
const ACTS_A_ROUND = 2_000;

/**
 * Nothing goes wrong any more and everybody does what is left to do. Then no hold may be open, and
 * the books must be right, also in the eyes of the product's own `verify`.
 */
export async function comeToRest(world: World): Promise<void> {
  await verify(world, ['dead_holds_are_resolved']);
  world.storm = 0;
  if (world.server.isAway) await recover(world);
  for (const replica of world.alive) replica.isHung = false;
  for (const session of [...world.server.sessions]) {
    if (session.isDoomed) await world.server.end(session);
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (world.alive.length === 0) world.startReplica();
    await runAll(world);
    if (isAtRest(world)) break;
    for (const call of world.calls.filter(({ replica }) => replica.isServing)) {
      if (call.state === 'arrived') ask(world, call);
      if (call.state === 'working') finish(world, call);
    }
    for (const topUp of world.topUps) if (topUp.state === 'open') askTopUp(world, topUp);
    await runAll(world);
    world.time.moveTo(world.time.nowUs + ROUND_US);
  }
  await runAll(world);
  await verify(world, []);
  await checkRest(world);
  for (const replica of world.serving) replica.stop();
  await runAll(world);
  await verify(world, []);
}

function isAtRest({ model, serving, calls, topUps }: World): boolean {
  return (
    serving.length > 0 &&
    serving.every(({ ledger }) => ledger.openCalls === 0) &&
    calls.every(({ state, replica }) => state === 'over' || replica.isDead) &&
    topUps.every(({ state }) => state === 'over') &&
    model.open().length === 0
  );
}

/** Runs statements, answers and timers until there are none. */
async function runAll(world: World): Promise<void> {
  for (let acts = 0; acts < ACTS_A_ROUND; acts += 1) {
    const [act] = databaseActs(world);
    if (act === undefined) return;
    const said = await act.run();
    world.say(said);
    await world.settleDown();
  }
  throw new Discovery('what is left to do comes to no end');
}

async function checkRest(world: World): Promise<void> {
  const { model, serving, refusedCalls, database } = world;
  const open = model.open().map(([callId]) => callId);
  if (open.length > 0) throw new Discovery(`nobody resolves the holds of ${open}`);
  for (const replica of serving) {
    const count = replica.ledger.openCalls;
    if (count > 0) throw new Discovery(`${replica.name} takes ${count} calls for open`);
  }
  for (const callId of refusedCalls) {
    const charges = model.holds.get(callId)?.charges.filter((charge) => charge > 0n) ?? [];
    if (charges.length > 0) throw new Discovery(`${callId} was turned away, and charged`);
  }
  const [row] = await database.query<{ overrun: bigint }>(
    `select coalesce(sum(price - charge), 0)::bigint as overrun from call`,
  );
  if (row?.overrun !== model.totals.overrun) {
    throw new Discovery(`overrun is ${row?.overrun}, the model says ${model.totals.overrun}`);
  }
}

async function verify(world: World, except: readonly string[]): Promise<void> {
  await world.observer.compare();
  const found = await findDifferences(world.database);
  const told = found.filter(({ check }) => !except.includes(check));
  if (told.length > 0) throw new Discovery(`verify says ${JSON.stringify(told.slice(0, 5))}`);
}
