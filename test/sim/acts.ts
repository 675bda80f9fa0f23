import { arrive, ask, finish, settle } from './callers.ts';
import { clockActs } from './clock-acts.ts';
import { digest, lineError, runNext } from './fates.ts';
import { askTopUp, beginTopUp, decide, endOne, takeBack } from './office.ts';
import type { World } from './world.ts';

/** Something that may happen next, and what it says of itself in the trace. */
export interface Act {
  readonly weight: number;
  run(): Promise<string> | string;
}

const REPLICAS = 3;
const CALLS_AT_ONCE = 12;

/** Everything that may happen now, each with how likely it is beside the others. */
export function possibleActs(world: World): Act[] {
  return [
    ...databaseActs(world),
    ...callActs(world),
    ...officeActs(world),
    ...processActs(world),
    ...clockActs(world),
    ...disasters(world),
  ].filter(({ weight }) => weight > 0);
}

/** What runs without anybody deciding it: statements, answers, timers. */
export function databaseActs(world: World): Act[] {
  const { server, time } = world;
  const arriving = [...server.sessions].filter(
    ({ outbox, isConnected, client }) => outbox.length > 0 && isConnected && client.canAct,
  );
  return [
    ...server.ready.map((session) => ({
      weight: session.isConnected ? 150 : 6,
      run: () => runNext(world, session),
    })),
    ...arriving.map((session) => ({
      weight: 80,
      run: () => {
        const [late] = session.outbox.splice(0, 1);
        if (late === undefined) throw new Error('an answer that is there arrives');
        late.statement.answer(late.answer);
        return `#${session.processId} ${late.statement.label} is answered: ${digest(late.answer)}`;
      },
    })),
    ...time.due.map((timer) => ({
      weight: 80,
      run: () => {
        time.fire(timer);
        return 'a timer fires';
      },
    })),
  ];
}

function callActs(world: World): Act[] {
  const { calls, serving, random } = world;
  const active = calls.filter(({ state, replica }) => state !== 'over' && !replica.isDead);
  const those = (state: string) =>
    calls.filter((call) => call.state === state && call.replica.isServing);
  const done = those('over').filter(({ settlement }) => settlement !== undefined);
  const each = (state: string, weight: number, run: typeof ask, name: string) =>
    those(state).map((call) => ({
      weight,
      run: () => {
        run(world, call);
        return `${call.request.callId} ${name} ${call.replica.name}`;
      },
    }));
  return [
    {
      weight: serving.length > 0 && active.length < CALLS_AT_ONCE ? 150 : 0,
      run: () => {
        const call = arrive(world, random.pick(serving));
        calls.push(call);
        return `${call.request.callId} arrives at ${call.replica.name}`;
      },
    },
    ...each('arrived', 80, ask, 'asks'),
    ...each('working', 40, finish, 'is to be settled by'),
    {
      weight: done.length > 0 ? 10 : 0,
      run: () => {
        const call = random.pick(done.slice(-8));
        settle(world, call);
        return `${call.request.callId} is settled once more`;
      },
    },
  ];
}

function officeActs(world: World): Act[] {
  const { topUps, random } = world;
  const open = topUps.filter(({ state }) => state === 'open');
  const over = topUps.filter(({ state }) => state === 'over');
  const askFor = (topUp: (typeof topUps)[number]) => {
    askTopUp(world, topUp);
    return `${topUp.request.reference} of ${topUp.request.amount} is asked for`;
  };
  return [
    {
      weight: topUps.length < 6 ? 150 : 20,
      run: () => {
        const topUp = beginTopUp(world);
        topUps.push(topUp);
        return askFor(topUp);
      },
    },
    { weight: open.length > 0 ? 20 : 0, run: () => askFor(random.pick(open)) },
    { weight: over.length > 0 ? 4 : 0, run: () => askFor(random.pick(over)) },
    { weight: 8, run: () => takeBack(world) },
    { weight: 3, run: () => endOne(world) },
    { weight: 3, run: () => decide(world) },
  ];
}

function processActs(world: World): Act[] {
  const { alive, serving, random, storm } = world;
  const hung = alive.filter(({ isHung }) => isHung);
  const isRoom = alive.length < (world.isEmbedded ? 1 : REPLICAS);
  return [
    {
      weight: alive.length === 0 ? 300 : isRoom ? 30 : 0,
      run: () => `${world.startReplica().name} starts`,
    },
    {
      weight: hung.length > 0 ? 20 : 0,
      run: () => {
        const replica = random.pick(hung);
        replica.isHung = false;
        return `${replica.name} goes on`;
      },
    },
    {
      weight: serving.length > 0 ? storm : 0,
      run: () => {
        const replica = random.pick(serving);
        replica.stop();
        return `${replica.name} is told to stop`;
      },
    },
    {
      weight: alive.length > 0 ? 1 : 0,
      run: () => {
        const replica = random.pick(alive);
        replica.setClock();
        return `the clock of ${replica.name} is off by ${replica.skewMs} ms`;
      },
    },
  ];
}

function disasters(world: World): Act[] {
  const { alive, serving, random, storm, server } = world;
  // A process that is only starting is mostly let come so far.
  const harm = serving.length > 0 ? storm * 2 : Math.min(storm, 1);
  const doomed = [...server.sessions].filter(({ isDoomed }) => isDoomed);
  return [
    {
      weight: doomed.length > 0 ? 3 : 0,
      run: async () => {
        const session = random.pick(doomed);
        await server.end(session);
        return `#${session.processId} is gone, with ${session.queue.length} statements`;
      },
    },
    {
      weight: alive.length > 0 ? harm : 0,
      run: () => {
        const replica = random.pick(alive);
        replica.kill();
        return `${replica.name} is killed`;
      },
    },
    {
      weight: alive.length > 0 ? harm : 0,
      run: () => {
        const replica = random.pick(alive);
        replica.isHung = true;
        return `${replica.name} stands still`;
      },
    },
    {
      weight: storm,
      run: () => {
        for (const topUp of world.topUps) if (topUp.state === 'asking') topUp.state = 'open';
        world.office.kill();
        world.openOffice();
        return 'the office is killed, and opens again';
      },
    },
    {
      weight: server.isAway ? 0 : Math.ceil(harm / 2),
      run: async () => {
        server.isAway = true;
        for (const session of [...server.sessions]) {
          for (const { values } of session.queue) world.asked.mistrust(values);
          server.breakLine(session, lineError(world));
          await server.end(session);
        }
        return 'the database is down';
      },
    },
    {
      weight: server.isAway ? 30 : 0,
      run: async () => {
        await recover(world);
        return 'the database is up';
      },
    },
  ];
}

export async function recover({ server, database }: World): Promise<void> {
  server.isAway = false;
  await database.query('update server set started_at = clock_timestamp()');
}
