import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { Caller } from '../../auth/index.ts';
import {
  createLog,
  createSecretBox,
  Fault,
  systemClock,
  systemRandom,
} from '../../kernel/index.ts';
import { type HoldRequest, verifyLedger } from '../../ledger/index.ts';
import { createIdempotency, type Idempotency, verifyIdempotency } from './index.ts';

const [BALANCE, PRICE] = [1_000n, 7n];
const KEY = { 'idempotency-key': 'k' };
const REQUEST = { headers: KEY, headersDistinct: { 'idempotency-key': ['k'] } };

let database: TestDatabase;
let books: Books;
let batches: Batches;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  batches = await openBatches(database.db, new Date());
});
afterAll(async () => {
  await batches.close();
  await database.close();
});

type Turn = <T>(statement: () => Promise<T>) => Promise<T>;
/** Somebody who acts by statements, each in its turn. */
type Actor = (turn: Turn) => Promise<unknown>;
/** Whose turn it is, among those who wait, and for how many statements. */
interface Choice {
  readonly who: number;
  readonly turns: number;
}

/** Runs the actors to their ends, one statement at a time, in the order that the choices give. */
async function interleave(actors: readonly Actor[], choices: readonly Choice[]): Promise<void> {
  const waiting = new Map<number, () => Promise<void>>();
  const running = new Set(actors.keys());
  const ends = actors.map(async (act, who) => {
    const turn: Turn = (statement) =>
      new Promise((resolve, reject) => {
        waiting.set(who, () => statement().then(resolve, reject));
      });
    await act(turn);
    running.delete(who);
  });
  const untilAllWait = async () => {
    while (waiting.size < running.size) await new Promise((resolve) => setImmediate(resolve));
    return [...waiting.keys()].sort();
  };
  for (let index = 0; running.size > 0; index += 1) {
    const { who, turns } = choices[index % choices.length] as Choice;
    const all = await untilAllWait();
    const chosen = all[who % all.length] ?? -1;
    for (let turn = 0; turn < turns && waiting.has(chosen); turn += 1) {
      const run = waiting.get(chosen);
      waiting.delete(chosen);
      await run?.();
      await untilAllWait();
    }
  }
  await Promise.all(ends);
}

/** What is done under one key of a customer's. */
interface Story {
  readonly customer: Customer;
  readonly holds: HoldRequest[];
  /** What each client got to see. */
  readonly told: string[];
}

/** Where a process dies: after this many steps of claim, hold, keep, settle. */
interface Process {
  readonly steps: number;
  readonly keepsAnswer: boolean;
}

/** Serves one request as `metered-call.ts` does. */
function serve(story: Story, process: Process): Actor {
  return async (turn) => {
    const idempotency = createIdempotency({
      db: { ...database.db, query: (...args) => turn(() => database.db.query(...args)) },
      secrets: createSecretBox(Buffer.alloc(32, 1), systemRandom),
      clock: systemClock,
      log: createLog('silent'),
    });
    story.told.push(await answer(story, process, idempotency, turn));
    await idempotency.close();
  };
}

async function answer(
  { customer, holds }: Story,
  { steps, keepsAnswer }: Process,
  idempotency: Idempotency,
  turn: Turn,
): Promise<string> {
  const hold = holdOf(legOf(books, customer, 10n));
  const call = { route: 'POST /x', body: Buffer.from('{}'), callId: hold.callId };
  const caller = customer as unknown as Caller;
  const claim = await idempotency.claim(REQUEST, { caller, ...call }).catch(codeOf);
  if (typeof claim === 'string') return claim;
  if (claim.kind === 'kept') return claim.body.toString();
  if (steps === 1) return 'dead';
  holds.push(hold);
  await turn(() => batches.hold(hold));
  if (steps === 2) return 'dead';
  const kept = { contentType: 'text/plain', body: Buffer.from(hold.callId) };
  const refusal = await claim.keep(keepsAnswer ? kept : undefined).catch(codeOf);
  const release = settlementOf(hold, 0n, { outcome: 'released' });
  if (refusal !== undefined) return turn(() => batches.settle(release)).then(() => refusal);
  if (steps === 3) return 'dead';
  const [settled] = await turn(() => batches.settle(settlementOf(hold, PRICE)));
  return settled?.result === 'settled' ? hold.callId : 'late';
}

function codeOf(error: unknown): string {
  if (error instanceof Fault) return error.code;
  throw error;
}

/** Judges every process dead that holds something, alive or not. */
const expireHolds =
  ({ holds }: Story): Actor =>
  async (turn) => {
    await turn(async () => undefined);
    for (const hold of holds) {
      await turn(() => batches.settle(settlementOf(hold, 0n, { outcome: 'expired' })));
    }
  };

const letTimePass =
  ({ customer }: Story): Actor =>
  (turn) =>
    turn(() =>
      database.db.query(
        `update idempotency_record set claimed_at = claimed_at - interval '31 seconds'
         where account_id = $1`,
        [customer.accountId],
      ),
    );

const processes = fc.array(
  fc.record({ steps: fc.constantFrom(4, 4, 4, 3, 2, 1), keepsAnswer: fc.boolean() }),
  { minLength: 2, maxLength: 4 },
);
const happenings = fc.array(fc.constantFrom(expireHolds, letTimePass), { maxLength: 4 });
const choices: fc.Arbitrary<Choice[]> = fc.array(
  fc.record({ who: fc.nat({ max: 23 }), turns: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 20, maxLength: 20 },
);

const whole: Process = { steps: 4, keepsAnswer: true };
const turnsOf = (...pairs: [who: number, turns: number][]): Choice[] =>
  pairs.map(([who, turns]) => ({ who, turns }));

/** The narrow ones, each tried every time: process 0 claims, and then time passes. */
const RACES: [Process[], (typeof expireHolds | typeof letTimePass)[], Choice[]][] = [
  // Process 1 takes the key over, and 0 comes back to find its answer unwanted.
  [[whole, whole], [letTimePass], turnsOf([0, 1], [2, 1], [1, 3], [0, 5])],
  // Process 1 reads that nothing is held; 0 holds and puts its answer down; 1 is too late.
  [[whole, whole], [letTimePass], turnsOf([0, 1], [2, 1], [1, 2], [0, 2], [1, 1], [0, 5])],
];

it('one key is charged once, however processes interleave, die, and are judged dead', async () => {
  const property = fc.asyncProperty(
    processes,
    happenings,
    choices,
    async (servers, acts, order) => {
      const customer = await seedCustomer(books, BALANCE);
      const story: Story = { customer, holds: [], told: [] };
      const begin = (make: (story: Story) => Actor) => make(story);
      await interleave([...servers.map((each) => serve(story, each)), ...acts.map(begin)], order);

      // The client tries again when all who died have been found out.
      const last = serve(story, whole);
      for (const actor of [expireHolds(story), letTimePass(story), last]) {
        await interleave([actor], [{ who: 0, turns: 1 }]);
      }
      const charged = await database.db.query<{ id: string }>(
        `select id from call where account_id = $1 and outcome = 'settled'`,
        [customer.accountId],
      );
      expect(charged).toHaveLength(1);
      expect([charged[0]?.id, 'answer_not_kept']).toContain(story.told.at(-1));
      const { balance, held } = await walletOf(database.db, customer);
      expect([balance, held]).toEqual([BALANCE - PRICE, 0n]);
    },
  );
  await fc.assert(property, { numRuns: 200, examples: RACES });
  expect(await verifyIdempotency(database.db)).toEqual([]);
  expect(await verifyLedger(database.db)).toEqual([]);
}, 120_000);
