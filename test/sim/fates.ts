import { SimProcess } from './process.ts';
import type { Answer, SimSession, Statement } from './server.ts';
import type { World } from './world.ts';

/** What can become of one statement between the process that sends it and the database. */
export const FATES = [
  'answered',
  'answered late',
  'answer lost',
  'never arrived',
  'left behind',
  'refused',
  'process dies before',
  'process dies after',
] as const;
export type Fate = (typeof FATES)[number];

/** Of 1,000 statements, for each degree of storm. */
const WEIGHTS: Readonly<Record<Fate, number>> = {
  answered: 0,
  'answered late': 30,
  'answer lost': 12,
  'never arrived': 8,
  'left behind': 8,
  refused: 10,
  'process dies before': 5,
  'process dies after': 5,
};

/** Errors with which a database refuses a statement that is not at fault. */
const REFUSALS = ['40P01', '57014', '53100', '55P03'];

/** Lets a session's next statement meet its fate. Answers with what happened, for the trace. */
export async function runNext(world: World, session: SimSession): Promise<string> {
  const statement = session.queue[0] as Statement;
  const fate = fateOf(world, session);
  const who = `#${session.processId} ${statement.label}`;
  if (fate !== 'answered') world.asked.mistrust(statement.values);
  if (session.isConnected) world.met.add(`${statement.label}: ${fate}`);
  switch (fate) {
    case 'never arrived':
      session.queue.length = 0;
      statement.answer({ error: lineError(world) });
      world.server.breakLine(session, lineError(world));
      session.isDoomed = true;
      return `${who} never arrived`;
    case 'left behind':
      world.server.breakLine(session, lineError(world));
      session.isDoomed = true;
      return `${who} is left behind: its process has lost the line`;
    case 'refused': {
      const code = world.random.pick(REFUSALS);
      session.queue.shift();
      statement.answer({ error: Object.assign(new Error(`refused with ${code}`), { code }) });
      return `${who} is refused with ${code}`;
    }
    case 'process dies before':
      (session.client as SimProcess).kill();
      return `${who}: its process dies before it runs`;
    default: {
      const answer = await execute(world, session);
      if (answer === undefined) return `${who} waits for a lock`;
      return `${who} ${arrive(world, session, statement, answer, fate)}: ${digest(answer)}`;
    }
  }
}

function fateOf(
  { random, storm, serving }: World,
  { isConnected, queue, client }: SimSession,
): Fate {
  if (!isConnected || storm === 0) return 'answered';
  // The batches are what it is about.
  const calm = serving.length > 0 ? storm : Math.min(storm, 1);
  const degree = queue[0]?.name === undefined ? calm : storm * 2;
  const choices = FATES.map((fate): [number, Fate] => [WEIGHTS[fate] * degree, fate]);
  const spent = choices.reduce((sum, [weight]) => sum + weight, 0);
  const fate = random.weighted<Fate>([...choices, [1_000 - spent, 'answered']]);
  const isPart = queue[0]?.label === 'connect';
  if (fate === 'process dies before' && !(client instanceof SimProcess)) return 'answered';
  return isPart && (fate === 'left behind' || fate === 'refused') ? 'never arrived' : fate;
}

async function execute(world: World, session: SimSession): Promise<Answer | undefined> {
  const statement = session.queue[0] as Statement;
  world.time.moveTo(world.time.nowUs + world.random.below(1_500));
  const answer = await world.server.execute(session);
  if (answer !== undefined) await world.observer.executed(statement, answer, world.isEmbedded);
  return answer;
}

function arrive(
  world: World,
  session: SimSession,
  statement: Statement,
  answer: Answer,
  fate: Fate,
): string {
  if (!session.isConnected) return 'runs for nobody';
  if (fate === 'process dies after') {
    (session.client as SimProcess).kill();
    return 'runs, and its process dies before it knows';
  }
  if (fate === 'answer lost') {
    statement.answer({ error: lineError(world) });
    world.server.breakLine(session, lineError(world));
    session.isDoomed = true;
    return 'runs, and its answer is lost';
  }
  if (fate === 'answered late' || !session.client.canAct || session.outbox.length > 0) {
    world.asked.mistrust(statement.values);
    session.outbox.push({ statement, answer });
    return 'runs';
  }
  statement.answer(answer);
  return 'runs and is answered';
}

/** The ways in which a lost line is told. */
export function lineError({ random }: World): Error {
  return random.pick([
    new Error('Connection terminated unexpectedly'),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
  ]);
}

export function digest(answer: Answer): string {
  if ('error' in answer) return String(answer.error);
  return JSON.stringify(answer.rows, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
