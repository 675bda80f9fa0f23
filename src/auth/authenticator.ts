import type { Queryable } from '../db/index.ts';
import type { Clock } from '../kernel/index.ts';
import { hashKey, parseKey } from '../tenants/index.ts';
import { type Caller, type Finding, findCaller, invalidKey, suspended } from './caller.ts';
import { type KeyHeaders, readKey } from './read-key.ts';

/** How long what the database said of a key is believed. The hold asks again in any case. */
const KNOWN_FOR_MS = 10_000;
/** The same while changes are not told: whoever revokes a key is to see it within a second. */
const UNTOLD_FOR_MS = 400;
const REFUSED_FOR_MS = 1_000;
/** Made-up keys have their own, smaller shelf, so that a flood of them evicts no good one. */
const KNOWN_MAX = 50_000;
const REFUSED_MAX = 10_000;

interface Entry {
  readonly finding: Finding;
  readonly askedMs: number;
  readonly untilMs: number;
}

export interface Authenticator {
  /**
   * Says who is calling, at once when the key was seen within the last seconds.
   * Throws, or rejects with, the Faults `MISSING_AUTH_HEADER` and `INVALID_TOKEN` (401) and
   * `account_suspended` (403).
   */
  authenticate(headers: KeyHeaders): Caller | Promise<Caller>;
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
   * Whether it will be told to forget what changes. While it is not, which is how it begins, nothing
   * is believed for longer than 400 ms.
   */
  setTold(isTold: boolean): void;
  /** Keys held in memory, good ones and refused ones. */
  readonly size: number;
}

/**
 * Recognises callers by their keys. The checksum is verified first, without any look-up; then a
 * bounded memory by hash; then one query, only one at a time for each key.
 */
export function createAuthenticator(options: { db: Queryable; clock: Clock }): Authenticator {
  const { db, clock } = options;
  const known = new Map<string, Entry>();
  const refused = new Map<string, Entry>();
  const pending = new Map<string, Promise<Finding>>();
  // An answer that was asked for before something was forgotten must not be remembered after.
  let generation = 0;
  let isTold = false;

  function recall(keyHash: string): Finding | undefined {
    const entry = known.get(keyHash) ?? refused.get(keyHash);
    if (entry === undefined) return undefined;
    const untilMs = isTold ? entry.untilMs : Math.min(entry.untilMs, entry.askedMs + UNTOLD_FOR_MS);
    return clock.monotonicMs() < untilMs ? entry.finding : undefined;
  }

  function remember(keyHash: string, finding: Finding, askedMs: number): void {
    const good = 'caller' in finding;
    known.delete(keyHash);
    refused.delete(keyHash);
    const entry = { finding, askedMs, untilMs: askedMs + (good ? KNOWN_FOR_MS : REFUSED_FOR_MS) };
    put(good ? known : refused, keyHash, entry, good ? KNOWN_MAX : REFUSED_MAX);
  }

  function ask(keyHash: string): Promise<Finding> {
    const asked = pending.get(keyHash);
    if (asked !== undefined) return asked;
    const askedIn = generation;
    const askedMs = clock.monotonicMs();
    const answer = findCaller(db, keyHash)
      .then((finding) => {
        if (askedIn === generation) remember(keyHash, finding, askedMs);
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
    drop(known, which);
    drop(refused, which);
  }

  const admit = (finding: Finding): Caller => {
    if ('refusal' in finding) {
      throw finding.refusal === 'suspended' ? suspended() : invalidKey();
    }
    if (finding.expiresAtMs <= clock.nowMs()) throw invalidKey();
    return finding.caller;
  };

  return {
    authenticate(headers) {
      const key = readKey(headers);
      if (parseKey(key) === undefined) throw invalidKey();
      const keyHash = hashKey(key);
      const finding = recall(keyHash);
      return finding === undefined ? ask(keyHash).then(admit) : admit(finding);
    },
    forget: (keyId) => forgetThose((finding) => keyIdOf(finding) === keyId),
    forgetAccount: (id) => forgetThose(isPerhapsOf('accountId', id)),
    forgetPlan: (id) => forgetThose(isPerhapsOf('planId', id)),
    forgetPlatform: (id) => forgetThose(isPerhapsOf('platformId', id)),
    forgetAll: () => forgetThose(() => true),
    setTold: (told) => {
      isTold = told;
    },
    get size() {
      return known.size + refused.size;
    },
  };
}

function keyIdOf(finding: Finding): bigint | undefined {
  return 'caller' in finding ? finding.caller.keyId : finding.keyId;
}

/** Of whom a suspended key is, is not remembered: each of them may be the one. */
function isPerhapsOf(owner: 'accountId' | 'planId' | 'platformId', id: bigint) {
  return (finding: Finding): boolean =>
    'caller' in finding ? finding.caller[owner] === id : finding.refusal === 'suspended';
}

function drop(shelf: Map<string, Entry>, which: (finding: Finding) => boolean): void {
  for (const [keyHash, { finding }] of shelf) {
    if (which(finding)) shelf.delete(keyHash);
  }
}

/** A Map keeps the order of insertion: the first entry is the one learnt longest ago. */
function put(shelf: Map<string, Entry>, keyHash: string, entry: Entry, max: number): void {
  if (shelf.size >= max) {
    const { value, done } = shelf.keys().next();
    if (done !== true) shelf.delete(value);
  }
  shelf.set(keyHash, entry);
}
