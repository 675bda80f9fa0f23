import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerIsLost, type FaultyDb, faultyDb } from '../faulty-db.ts';
import { errorOf, type RawAnswer } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { BALANCE, expectOneCharge, idOf, isReplay, keyedCall } from './keyed-calls.ts';
import { chat, untilSold } from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

const PATIENT = { streamed: 5_000, whole: 5_000 };

let serving: Serving;
/** The server process that lives on. */
let survivor: SecondGateway;

beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await untilSold(serving, 'demo');
  survivor = await openSecondGateway(serving, PATIENT);
});

afterAll(async () => {
  await survivor?.close();
  await serving?.close();
});

/** A server process whose database has accidents. */
async function openDoomed(): Promise<{ db: FaultyDb; gateway: SecondGateway; replicaId: bigint }> {
  const db = faultyDb(serving.db);
  const gateway = await openSecondGateway(serving, PATIENT, db);
  const [replica] = await serving.db.query<{ id: bigint }>(
    'select id from replica order by started_at desc limit 1',
  );
  return { db, gateway, replicaId: replica?.id ?? 0n };
}

/** Lets the call's key be as old as one that a dead process claimed. */
const letTimePass = ({ accountId }: TestCustomer) =>
  serving.db.query(
    `update idempotency_record set claimed_at = claimed_at - interval '30 seconds'
     where account_id = $1`,
    [accountId],
  );

const upstreamCalls = () => serving.provider.stats().requests;

const CLAIM = 'insert into idempotency_record';
const HOLD = 'hold_ordinary';
const KEEP = 'update idempotency_record set';
const SETTLE = 'settle_ordinary';

// Where the process dies: at which statement, and whether that statement was committed. Then what
// a repeat gets at once, and when the dead one has been found out; and how often a provider worked.
const CRASHES = [
  { at: CLAIM, committed: false, atOnce: 'anew', later: 'replay', asked: 1 },
  { at: CLAIM, committed: true, atOnce: 'refused', later: 'anew', asked: 1 },
  { at: HOLD, committed: false, atOnce: 'refused', later: 'anew', asked: 1 },
  { at: HOLD, committed: true, atOnce: 'refused', later: 'anew', asked: 1 },
  { at: KEEP, committed: false, atOnce: 'refused', later: 'anew', asked: 2 },
  { at: KEEP, committed: true, atOnce: 'refused', later: 'anew', asked: 2 },
  { at: SETTLE, committed: false, atOnce: 'refused', later: 'anew', asked: 2 },
  { at: SETTLE, committed: true, atOnce: 'replay', later: 'replay', asked: 1 },
] as const;
const STREAMED = [false, true];

const whatWas = (answer: RawAnswer) => {
  if (answer.status === 409) return 'refused';
  return isReplay(answer) ? 'replay' : 'anew';
};

describe.each(CRASHES)('a process that dies at $at, committed: $committed', (crash) => {
  test.each(STREAMED)(
    'leaves one charge to a client that repeats; streamed: %s',
    async (stream) => {
      const { db, gateway, replicaId } = await openDoomed();
      const customer = await serving.openCustomer(BALANCE);
      const body = chat('demo', { prompt_tokens: 3, completion_tokens: 4 }, { stream });
      const before = upstreamCalls();
      db.arrange(crash.at, async (run) => {
        if (crash.committed) await run();
        db.dead = true;
        throw new Error('The process is dead.');
      });
      const lost = await keyedCall(gateway, customer, { body });
      expect(lost.body.toString()).not.toContain('[DONE]');
      expect(db.dead).toBe(true);

      const atOnce = await keyedCall(survivor, customer, { body });
      expect(whatWas(atOnce)).toBe(crash.atOnce);
      if (crash.atOnce === 'refused') expect(errorOf(atOnce).code).toBe('idempotency_key_in_use');
      await gateway.close();
      await serving.db.query('update replica set ended_at = now() where id = $1', [replicaId]);
      await survivor.ledger.tidy();
      await letTimePass(customer);
      const later = await keyedCall(survivor, customer, { body });
      expect([later.status, whatWas(later)]).toEqual([200, crash.later]);
      const last = await keyedCall(survivor, customer, { body });
      expect([idOf(last), whatWas(last)]).toEqual([idOf(later), 'replay']);
      expect(upstreamCalls() - before).toBe(crash.asked);
      await expectOneCharge(serving, customer, 110n);
    },
  );
});

describe('a database that loses its answer', () => {
  test.each([CLAIM, HOLD, KEEP, SETTLE])(
    'to %s: the call goes on as if it had not',
    async (name) => {
      const { db, gateway } = await openDoomed();
      const customer = await serving.openCustomer(BALANCE);
      db.arrange(name, answerIsLost);
      const first = await keyedCall(gateway, customer);
      expect([first.status, isReplay(first)]).toEqual([200, false]);
      expect(isReplay(await keyedCall(survivor, customer))).toBe(true);
      await gateway.close();
      await expectOneCharge(serving, customer, 110n);
    },
  );
});
