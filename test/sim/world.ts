import { Asked } from './asked.ts';
import { DAY_US, nextClockChange, nextDay, ZONES } from './calendar.ts';
import type { SimCall } from './callers.ts';
import { SimDatabase } from './database.ts';
import { type Market, openMarket } from './market.ts';
import { LedgerModel } from './model.ts';
import { Observer } from './observer.ts';
import type { TopUp } from './office.ts';
import { SimProcess, SimReplica } from './process.ts';
import { createSimRandom, type SimRandom } from './random.ts';
import { SimServer } from './server.ts';
import { SimTime } from './time.ts';

/** Everything of one simulation. */
export class World {
  readonly model = new LedgerModel();
  readonly asked = new Asked();
  readonly replicas: SimReplica[] = [];
  readonly calls: SimCall[] = [];
  readonly topUps: TopUp[] = [];
  /** Adjustments that were asked for, each once or more often. */
  taken = 0;
  /** Calls that were told that they could not be held. */
  readonly refusedCalls = new Set<string>();
  readonly trace: string[] = [];
  /** Which faults met which statement. */
  readonly met = new Set<string>();
  failure: unknown;
  office!: SimProcess;
  market!: Market;
  observer!: Observer;
  server!: SimServer;

  private constructor(
    readonly random: SimRandom,
    readonly time: SimTime,
    readonly database: SimDatabase,
    /** How much goes wrong: 0 is nothing. */
    public storm: number,
    /** One server process at a time, which knows that it is alone. */
    readonly isEmbedded: boolean,
  ) {}

  static async open(seed: number): Promise<World> {
    const random = createSimRandom(seed);
    const time = new SimTime(startOf(random));
    const database = await SimDatabase.open(time);
    const storm = random.weighted([
      [2, 0],
      [5, 1],
      [3, 3],
    ]);
    const world = new World(random, time, database, storm, random.chance(200));
    world.server = new SimServer(database);
    world.observer = new Observer(database, world.model, world.asked);
    world.openOffice();
    world.market = await openMarket(database, world.model, world.office, random);
    return world;
  }

  get alive(): readonly SimReplica[] {
    return this.replicas.filter(({ isDead }) => !isDead);
  }

  get serving(): readonly SimReplica[] {
    return this.replicas.filter(({ isServing }) => isServing);
  }

  openOffice(): void {
    this.office = new SimProcess('office', this);
  }

  /** Starts one more process of the product. */
  startReplica(): SimReplica {
    const replica = new SimReplica(`replica ${this.replicas.length + 1}`, this);
    this.replicas.push(replica);
    replica.start(this.isEmbedded);
    return replica;
  }

  /** Keeps the first thing that is found wrong while the product's own code is running. */
  watch(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** Writes down what happened, with the time. */
  say(what: string): void {
    const at = new Date(Math.floor(this.time.nowUs / 1_000)).toISOString().slice(0, -1);
    this.trace.push(`${at}${String(this.time.nowUs % 1_000).padStart(3, '0')} ${what}`);
  }

  async close(): Promise<void> {
    for (const process of [...this.replicas, this.office]) process.kill();
    for (const session of [...this.server.sessions]) await this.server.end(session);
    await this.database.close();
  }

  /** Lets the product's code run on until it waits for something of this world. */
  async settleDown(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failure !== undefined) throw this.failure;
  }
}

/** Some time of some year; often close to where a calendar is not a clockwork. */
function startOf(random: SimRandom): number {
  const year = Date.UTC(2027, 0, 1) * 1_000 + random.below(1_400) * DAY_US;
  const us = year + random.below(86_400_000) * 1_000 + random.below(1_000);
  const zone = random.pick(ZONES);
  const kind = random.pick(['any', 'clocks', 'day', 'month']);
  const edge = {
    any: () => us,
    clocks: () => nextClockChange(zone, us) ?? us,
    day: () => nextDay(zone, us),
    month: () => Date.UTC(2027, random.below(48), 1) * 1_000,
  }[kind];
  return (edge?.() ?? us) - random.below(120_000_000);
}
