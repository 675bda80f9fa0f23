import { type Queryable, readPatiently } from '../db/index.ts';
import type { Clock } from '../kernel/index.ts';
import { createSlowHash, hashKey, parseKey, publicHashOf } from '../tenants/index.ts';
import {
  type Caller,
  type Finding,
  findKeyRows,
  invalidKey,
  judgeKeyRows,
  suspended,
} from './caller.ts';
import { createKeyMemory } from './key-memory.ts';
import { requireAddress } from './permissions.ts';
import { type KeyHeaders, readKey } from './read-key.ts';
import { createSlowKeys } from './slow-keys.ts';

/** As long as a hold waits for a database that is away, so does the question before it. */
const PATIENCE_MS = 5_000;

export interface Authenticator {
  /**
   * Says who is calling, at once when the key was seen within the last seconds. Where from is asked
   * only when the key is bound to addresses; when nobody can say, it is refused.
   * Throws, or rejects with, the Faults `MISSING_AUTH_HEADER` and `INVALID_TOKEN` (401),
   * `account_suspended` and `address_not_allowed` (403) and `overloaded` (503); with the database's
   * own error when it stays away for 5 s.
   */
  authenticate(headers: KeyHeaders, addressOf?: () => string | undefined): Caller | Promise<Caller>;
  /** Forgets what is known of a key, so that the next call asks the database. */
  forget(keyId: bigint): void;
  /** The same for all keys of an account. */
  forgetAccount(accountId: bigint): void;
  /** The same for all keys of the accounts on a plan. */
  forgetPlan(planId: bigint): void;
  /** The same for all keys of a platform. */
  forgetPlatform(platformId: bigint): void;
  /** The same for every key. */
  forgetAll(): void;
  /**
   * Whether it will be told to forget what changes. While it is not, which is how it begins,
   * nothing is believed for longer than 400 ms.
   */
  setTold(isTold: boolean): void;
  /** Keys held in memory, good ones and refused ones. */
  readonly size: number;
  /** Ends the thread that slow hashes are compared in. */
  close(): Promise<void>;
}

/**
 * Recognises callers by their keys. The checksum is verified first, without any look-up; then a
 * bounded memory by hash; then one query, only one at a time for each key.
 */
export function createAuthenticator(options: { db: Queryable; clock: Clock }): Authenticator {
  const { db, clock } = options;
  const memory = createKeyMemory(clock);
  const slowKeys = createSlowKeys({ slowHash: createSlowHash(), clock });
  const pending = new Map<string, Promise<Finding>>();
  // An answer that was asked for before something was forgotten must not be remembered after.
  let generation = 0;

  function ask(text: string, keyHash: string): Promise<Finding> {
    const asked = pending.get(keyHash);
    if (asked !== undefined) return asked;
    const askedIn = generation;
    const askedMs = clock.monotonicMs();
    const key = { text, hash: keyHash };
    const sought = {
      hash: keyHash,
      publicHash: publicHashOf(text),
      matches: (slowHash: string) => slowKeys.matches(key, slowHash),
    };
    const answer = readPatiently(PATIENCE_MS, () => findKeyRows(db, sought))
      .then((rows) => judgeKeyRows(rows, sought))
      .then((finding) => {
        if (askedIn === generation) memory.remember(keyHash, finding, askedMs);
        return finding;
      })
      .finally(() => {
        if (pending.get(keyHash) === answer) pending.delete(keyHash);
      });
    pending.set(keyHash, answer);
    return answer;
  }

  function forgetThose(which: (finding: Finding) => boolean): void {
    generation += 1;
    pending.clear();
    memory.forget(which);
  }

  const admit = (finding: Finding, addressOf: AddressOf): Caller => {
    if ('refusal' in finding) {
      throw finding.refusal === 'suspended' ? suspended() : invalidKey();
    }
    const { caller } = finding;
    if (caller.addresses !== undefined) requireAddress(caller, addressOf?.());
    return caller;
  };

  return {
    authenticate(headers, addressOf) {
      const key = readKey(headers);
      if (parseKey(key) === undefined) throw invalidKey();
      const keyHash = hashKey(key);
      const finding = memory.recall(keyHash);
      if (finding !== undefined) return admit(finding, addressOf);
      return ask(key, keyHash).then((found) => admit(found, addressOf));
    },
    forget: (keyId) => forgetThose((finding) => keyIdOf(finding) === keyId),
    forgetAccount: (id) => forgetThose(isPerhapsOf('accountId', id)),
    forgetPlan: (id) => forgetThose(isPerhapsOf('planId', id)),
    forgetPlatform: (id) => forgetThose(isPerhapsOf('platformId', id)),
    forgetAll: () => forgetThose(() => true),
    setTold: memory.setTold,
    get size() {
      return memory.size;
    },
    close: () => slowKeys.close(),
  };
}

type AddressOf = (() => string | undefined) | undefined;

function keyIdOf(finding: Finding): bigint | undefined {
  return 'caller' in finding ? finding.caller.keyId : finding.keyId;
}

/** Of whom a suspended key is, is not remembered: each of them may be the one. */
function isPerhapsOf(owner: 'accountId' | 'planId' | 'platformId', id: bigint) {
  return (finding: Finding): boolean =>
    'caller' in finding ? finding.caller[owner] === id : finding.refusal === 'suspended';
}
