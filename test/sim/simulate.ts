import { createHash } from 'node:crypto';
import { type Act, possibleActs } from './acts.ts';
import { comeToRest } from './calm.ts';
import { World } from './world.ts';

/** What a simulation came to. */
export interface Outcome {
  /** Of everything that happened, in its order. */
  readonly hash: string;
  /** Which statement met which fate: `hold_batch: answer lost`. */
  readonly met: ReadonlySet<string>;
  readonly calls: number;
  readonly lines: readonly string[];
}

/** A seed that finds something wrong, and how to see it again. */
export class SimulationFailed extends Error {
  override name = 'SimulationFailed';
  constructor(
    message: string,
    readonly lines: readonly string[],
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

const TRACE_SHOWN = 40;
/** A statement does not lie on the way for longer than this when its sender has hung up. */
const LEFT_BEHIND_MAX_US = 900_000_000;

/**
 * Lives through `steps` decisions of one seed, then comes to rest. `prepare` may plant a fault.
 * Throws SimulationFailed at the first thing that is not what it must be.
 */
export async function simulate(
  seed: number,
  steps: number,
  prepare: (world: World) => Promise<void> = async () => {},
): Promise<Outcome> {
  const world = await World.open(seed);
  let step = 0;
  try {
    await prepare(world);
    for (step = 1; step <= steps; step += 1) await takeStep(world);
    await comeToRest(world);
  } catch (error) {
    throw failed(world, { seed, steps, step }, error);
  } finally {
    await world.close();
  }
  const hash = createHash('sha256').update(world.trace.join('\n')).digest('hex');
  return { hash, met: world.met, calls: world.calls.length, lines: world.trace };
}

async function takeStep(world: World): Promise<void> {
  const act = world.random.weighted(
    possibleActs(world).map((each): [number, Act] => [each.weight, each]),
  );
  const beforeUs = world.time.nowUs;
  world.say(await act.run());
  await world.settleDown();
  const isLeap = world.time.nowUs - beforeUs > LEFT_BEHIND_MAX_US;
  for (const session of [...world.server.sessions]) {
    if (!session.isDoomed) continue;
    const isDone = session.queue.length === 0 && world.random.chance(700);
    if (isDone || isLeap) await world.server.end(session);
  }
}

function failed(
  world: World,
  { seed, steps, step }: { seed: number; steps: number; step: number },
  cause: unknown,
): SimulationFailed {
  const when = step > steps ? 'when it came to rest' : `at step ${step} of ${steps}`;
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const message = [
    `Seed ${seed} found something wrong ${when}.`,
    `Again: npm run sim -- --seed ${seed} --steps ${steps}`,
    reason,
    'What happened last:',
    ...world.trace.slice(-TRACE_SHOWN).map((line) => line.slice(0, 400)),
  ];
  return new SimulationFailed(message.join('\n'), world.trace, cause);
}
