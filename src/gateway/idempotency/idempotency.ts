import { createHash } from 'node:crypto';
import type { Caller } from '../../auth/index.ts';
import type { Db } from '../../db/index.ts';
import type { Clock, Log, SecretBox } from '../../kernel/index.ts';
import { persist, startUpkeep } from '../../ledger/index.ts';
import { type Claim, createClaim, NO_CLAIM } from './claim.ts';
import { answerNotKept, keyInUse, keyReused } from './faults.ts';
import { judgeRecord } from './judge-record.ts';
import { type KeptAnswer, openAnswer } from './kept-answer.ts';
import { type RequestHeaders, readIdempotencyKey } from './read-key.ts';
import {
  type IdempotencyRecord,
  insertRecord,
  type KeyedCall,
  readRecord,
  removeOldRecords,
  takeOverRecord,
} from './records.ts';

export interface IdempotencyOptions {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sees to it that what is asked for under one `Idempotency-Key` is done and charged once. */
export interface Idempotency {
  /**
   * Claims the request's key for this call, committed when it resolves, or finds the answer that
   * was given under it. A request without a key claims nothing and asks no database. Faults:
   * `invalid_idempotency_key` (400), `idempotency_key_in_use` and `answer_not_kept` (409),
   * `idempotency_key_reused` (422), and 503 when the database cannot be reached within 5 s.
   */
  claim(request: RequestHeaders, call: AskingCall): Promise<Claim | KeptAnswer>;
  /** Ends the removal of old records. */
  close(): Promise<void>;
}

interface AskingCall {
  readonly caller: Caller;
  /** Method and path, without the prefix. */
  readonly route: string;
  readonly body: Buffer;
  readonly callId: string;
}

const CLAIM_PATIENCE_MS = 5_000;
const REMOVAL_MS = 60_000;
/** Each turn but the last found that another call was a step ahead. */
const TURNS_MAX = 5;

export function createIdempotency(options: IdempotencyOptions): Idempotency {
  const { db, clock, log } = options;
  const removal = startUpkeep({
    clock,
    log,
    everyMs: REMOVAL_MS,
    work: () => removeOldRecords(db),
  });
  return {
    claim: async (request, { caller, route, body, callId }) => {
      const key = readIdempotencyKey(request);
      if (key === undefined) return NO_CLAIM;
      const { platformId, accountId } = caller;
      const fingerprint = createHash('sha256').update(`${route}\n`).update(body).digest();
      const call = { platformId, accountId, route, key, fingerprint, callId };
      const found = await persist({
        clock,
        giveUpAtMs: clock.monotonicMs() + CLAIM_PATIENCE_MS,
        attempt: () => claimOrFind(db, call),
      });
      return found === undefined ? createClaim(options, call) : openAnswer(options, found);
    },
    close: () => removal.stop(),
  };
}

/** Undefined when the key is the call's own now; a record whose answer can be replayed. */
async function claimOrFind(db: Db, call: KeyedCall): Promise<IdempotencyRecord | undefined> {
  for (let turn = 1; ; turn += 1) {
    if (await insertRecord(db, call)) return undefined;
    const record = await readRecord(db, call);
    // It may have been given back a moment ago.
    if (record === undefined) continue;
    switch (judgeRecord(record, call)) {
      case 'mine':
        return undefined;
      case 'replay':
        return record;
      case 'other_body':
        throw keyReused(record.callId);
      case 'not_kept':
        throw answerNotKept(record.callId);
      case 'running':
        throw keyInUse(record.callId, record.ageMs);
      case 'run_anew':
        if (await takeOverRecord(db, call, record)) return undefined;
    }
    if (turn >= TURNS_MAX) throw keyInUse(record.callId, record.ageMs);
  }
}
