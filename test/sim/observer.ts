import type { Asked } from './asked.ts';
import { differences } from './books-read.ts';
import type { SimDatabase } from './database.ts';
import { Discovery } from './discovery.ts';
import type { LedgerModel } from './model.ts';
import { ReplicaWatch } from './replica-watch.ts';
import type { Answer, Statement } from './server.ts';

interface Leg {
  readonly id: string;
  readonly amount: bigint;
  readonly replica: bigint;
}

interface CallLeg {
  readonly id: string;
  readonly outcome: string;
  readonly price: bigint;
  readonly charge: bigint;
}

const isRaised = (error: unknown) => (error as { code?: unknown }).code === 'P0001';

/** Does on the model what each statement of the product did on the database, and compares. */
export class Observer {
  readonly #replicas: ReplicaWatch;

  constructor(
    private readonly database: SimDatabase,
    private readonly model: LedgerModel,
    private readonly asked: Asked,
  ) {
    this.#replicas = new ReplicaWatch(database, model);
  }

  /** To be called when a statement has run, before anything else does. */
  async executed(statement: Statement, answer: Answer, soleServer: boolean): Promise<void> {
    const { label, text } = statement;
    if ('error' in answer) this.#checkError(statement, answer.error);
    if (/\breplica\b|^commit$/.test(text)) await this.#replicas.check(statement, soleServer);
    const act =
      /^(hold|settle)_/.exec(label)?.[1] ??
      /\b(grant|take)_value\(/.exec(text)?.[1] ??
      /\b(end)_grant\(/.exec(text)?.[1];
    if (act === undefined) return;
    if (act === 'hold' && 'rows' in answer) await this.#held(statement);
    if (act === 'settle' && 'rows' in answer) await this.#settled(statement);
    if (act === 'grant' && ('rows' in answer || isRaised(answer.error))) {
      this.#granted(statement, answer);
    }
    if (act === 'take' && 'rows' in answer) this.#taken(statement, answer.rows);
    if (act === 'end' && 'rows' in answer) this.#ended(statement, answer.rows);
    await this.compare();
  }

  async compare(): Promise<void> {
    const found = await differences(this.database, this.model);
    if (found.length > 0) throw new Discovery(found.slice(0, 10).join('\n'));
  }

  get #now(): number {
    return this.database.time.nowUs;
  }

  /** Where a batch answers for its ordinary calls only, those are the ones that have a row now. */
  async #held({ label, values, session }: Statement): Promise<void> {
    const requests = this.asked.holds(values);
    const rows = await this.database.prepared<Leg>(
      'sim_holds',
      `select id, amount, replica_id as replica from hold where id = any ($1::uuid[])
       order by id, leg`,
      [requests.map(({ callId }) => callId)],
    );
    for (const request of requests) {
      const { callId } = request;
      const legs = rows.filter(({ id }) => id === callId);
      if (label !== 'hold_batch' && legs.length === 0) continue;
      if (this.model.holds.has(callId)) throw new Discovery(`${callId} was held twice`);
      const replica = legs[0]?.replica ?? 0n;
      const decision = this.model.hold(request, replica, this.#now);
      this.asked.decisions.set(callId, decision);
      const found = legs.length === 0 ? 'refused' : `held ${legs.map(({ amount }) => amount)}`;
      const expected = decision.outcome === 'held' ? `held ${decision.granted}` : 'refused';
      if (found !== expected) {
        const why = decision.outcome === 'held' ? '' : ` (${decision.outcome})`;
        throw new Discovery(`${callId} was ${found}, the model says ${expected}${why}`);
      }
      if (legs.length > 0) this.#replicas.mayHold(replica, session.client);
    }
  }

  async #settled({ label, values }: Statement): Promise<void> {
    const calls = this.asked.resolutions(values);
    const rows = await this.database.prepared<CallLeg>(
      'sim_calls',
      `select id, outcome, price, charge from call where id = any ($1::uuid[]) order by id, leg`,
      [calls.map(({ callId }) => callId)],
    );
    // Whoever resolves by sums leaves alone what it leaves to the other, with its wallet.
    const isNew = ({ callId }: { callId: string }) =>
      this.model.holds.get(callId)?.outcome === 'open' && rows.some(({ id }) => id === callId);
    this.model.resolve(label === 'settle_batch' ? calls : calls.filter(isNew), this.#now);
    for (const { callId } of calls) {
      const hold = this.model.holds.get(callId);
      const found = rows
        .filter(({ id }) => id === callId)
        .map(({ outcome, price, charge }) => `${outcome} ${charge} of ${price}`);
      const expected =
        hold === undefined || hold.outcome === 'open'
          ? []
          : hold.charges.map((charge, leg) => `${hold.outcome} ${charge} of ${hold.prices[leg]}`);
      if (found.join() !== expected.join()) {
        throw new Discovery(`${callId} is [${found}], the model says [${expected}]`);
      }
    }
  }

  #granted({ values }: Statement, answer: Answer): void {
    const expected = this.model.grant(this.asked.grant(values), this.#now);
    const found =
      'error' in answer
        ? (answer.error as Error).message
        : (answer.rows[0] as { grant_id: bigint }).grant_id;
    if (found !== expected) throw new Discovery(`a grant: ${found}, the model says ${expected}`);
  }

  #taken({ values }: Statement, rows: readonly unknown[]): void {
    const [, wallet, amount, reference] = values as [bigint, bigint, bigint, string];
    const expected = this.model.take({ wallet, amount, reference }, this.#now);
    const { outcome: found } = rows[0] as { outcome: string };
    if (found !== expected) throw new Discovery(`an adjustment: ${found}, not ${expected}`);
  }

  #ended({ values }: Statement, rows: readonly unknown[]): void {
    const expected = this.model.end(values[1] as bigint, this.#now);
    const { ended: found } = rows[0] as { ended: boolean };
    if (found !== expected) throw new Discovery(`a grant is ended: ${found}, not ${expected}`);
    // What is held in the same microsecond as the end, but after it, may not draw on the grant.
    this.database.time.moveTo(this.#now + 1);
  }

  /** Errors that the product reckons with, where they are due. Any other is a discovery. */
  #checkError({ label, text, values }: Statement, error: unknown): void {
    const { message, code, routine } = error as Error & { code?: string; routine?: string };
    // The database is away; an open transaction is over by an earlier error.
    if (code === 'ECONNREFUSED' || code === '25P02') return;
    if (/^hold_/.test(label)) {
      if (message === 'replica_ended' || routine === 'ExecFindPartition') return;
    }
    const isBroken = code === '23505' || code === '23514';
    if (isBroken && /^settle_/.test(label) && this.#repeats(label, values)) return;
    if (/grant_value/.test(text) && /^(reference_conflict|already_expired)$/.test(message)) return;
    throw new Discovery(`the database refused ${label}(${values.join('; ')}): ${code} ${message}`);
  }

  /** Whether a batch names a call twice, or for the ordinary way one that was resolved before. */
  #repeats(label: string, values: readonly unknown[]): boolean {
    if (this.asked.namesTwice(values)) return true;
    const isOver = (callId: string) => this.model.holds.get(callId)?.outcome !== 'open';
    return label === 'settle_ordinary' && this.asked.callIds(values).some(isOver);
  }
}
