import { type Clock, createIds, createLog, type Ids } from '../../src/kernel/index.ts';
import { createLedger, type Ledger } from '../../src/ledger/index.ts';
import { createProcessDb } from './process-db.ts';
import type { SimRandom } from './random.ts';
import type { SimServer } from './server.ts';
import type { SimTime, TimerOwner } from './time.ts';

/** What every process of a simulation stands in. */
export interface Surroundings {
  readonly server: SimServer;
  readonly time: SimTime;
  readonly random: SimRandom;
}

/** No clock of a machine is further off than this; the product allows for more. */
const SKEW_MS = 45_000;

/** A process with a clock, a line to the database and an end. */
export class SimProcess implements TimerOwner {
  isDead = false;
  /** It stands still: nothing arrives, no timer fires. It does not know. */
  isHung = false;
  skewMs = 0;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly db: ReturnType<typeof createProcessDb>;

  constructor(
    readonly name: string,
    protected readonly surroundings: Surroundings,
  ) {
    const { server, time, random } = surroundings;
    this.setClock();
    this.clock = {
      nowMs: () => Math.floor(time.nowUs / 1_000) + this.skewMs,
      monotonicMs: () => time.nowUs / 1_000,
      after: (ms, run) => time.after(this, ms, run),
    };
    this.ids = createIds(this.clock, random.bytes);
    this.db = createProcessDb(server, this);
  }

  get canAct(): boolean {
    return !this.isDead && !this.isHung;
  }

  setClock(): void {
    this.skewMs = this.surroundings.random.between(-SKEW_MS, SKEW_MS);
  }

  /** Nothing of it happens any more, save what the database was already sent. */
  kill(): void {
    const { server, time, random } = this.surroundings;
    this.isDead = true;
    time.forget(this);
    for (const session of server.sessions) {
      if (session.client !== this) continue;
      session.isConnected = false;
      session.isDoomed = true;
      session.outbox.length = 0;
      if (random.chance(600)) session.queue.length = 0;
    }
  }
}

/** A server process of the product: a real ledger. */
export class SimReplica extends SimProcess {
  state: 'starting' | 'running' | 'closing' = 'starting';
  #ledger: Ledger | undefined;

  /** Begins to start. It is dead when it cannot. */
  start(soleServer: boolean): void {
    const { clock, ids, db, name } = this;
    const log = createLog('silent');
    createLedger({ clock, ids, db, log, host: name, pid: 1, soleServer }).then(
      (ledger) => {
        this.#ledger = ledger;
        this.state = 'running';
      },
      () => this.kill(),
    );
  }

  /** The ledger of a process that has started. */
  get ledger(): Ledger {
    if (this.#ledger === undefined) throw new Error(`${this.name} has not started`);
    return this.#ledger;
  }

  get isServing(): boolean {
    return this.canAct && this.state === 'running';
  }

  /** Begins to stop in order. */
  stop(): void {
    this.state = 'closing';
    this.ledger.close().then(
      () => this.kill(),
      () => this.kill(),
    );
  }
}
