import type { SimDatabase } from './database.ts';
import { Discovery } from './discovery.ts';
import type { LedgerModel } from './model.ts';
import type { Statement } from './server.ts';
import type { TimerOwner } from './time.ts';

interface ReplicaRow {
  readonly id: bigint;
  readonly lease: bigint;
  readonly isEnded: boolean;
  readonly isSwept: boolean;
}

/** Who may own holds, and who may be judged dead. */
export class ReplicaWatch {
  #rows = new Map<bigint, ReplicaRow>();
  readonly #owners = new Map<bigint, TimerOwner>();

  constructor(
    private readonly database: SimDatabase,
    private readonly model: LedgerModel,
  ) {}

  /** Reads the replicas anew after a statement that may have changed them. */
  async check(statement: Statement, soleServer: boolean): Promise<void> {
    const rows = await this.database.prepared<ReplicaRow>(
      'sim_replicas',
      `select id, (extract(epoch from lease_until) * 1000000)::bigint as lease,
         ended_at is not null as "isEnded", swept_at is not null as "isSwept" from replica`,
      [],
    );
    for (const row of rows) {
      const before = this.#rows.get(row.id);
      if (before === undefined) this.#owners.set(row.id, statement.session.client);
      if (row.isEnded && !before?.isEnded) this.#mayEnd(before ?? row, statement, soleServer);
      if (row.isSwept && !before?.isSwept) this.#mustHoldNothing(row.id);
      if (before?.isEnded && !row.isEnded) throw new Discovery(`replica ${row.id} rose again`);
    }
    this.#rows = new Map(rows.map((row) => [row.id, row]));
  }

  /** A hold was admitted for a replica: it must live, and be the one that asked. */
  mayHold(id: bigint, client: TimerOwner): void {
    if (this.#rows.get(id)?.isEnded !== false) throw new Discovery(`replica ${id} is not alive`);
    if (this.#owners.get(id) !== client) throw new Discovery(`replica ${id} is another process`);
  }

  #mayEnd({ id, lease }: ReplicaRow, { session }: Statement, soleServer: boolean): void {
    const isOver = lease < BigInt(this.database.time.nowUs);
    if (isOver || soleServer || this.#owners.get(id) === session.client) return;
    throw new Discovery(`replica ${id} was judged dead although its lease holds`);
  }

  #mustHoldNothing(id: bigint): void {
    const open = this.model.open().filter(([, hold]) => hold.replica === id);
    if (open.length === 0) return;
    throw new Discovery(
      `replica ${id} was swept, and its hold of ${open.map(([callId]) => callId)} is open`,
    );
  }
}
