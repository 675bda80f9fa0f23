import { type Clock, delay, overloaded } from '../kernel/index.ts';
import type { SlowHash } from '../tenants/index.ts';

/** Texts of keys that have a slow hash, with what each was found to match or not to match. */
export interface SlowKeys {
  /**
   * Whether the text is the one that was hashed; slow for the first time, remembered then. Rejects
   * with the Fault `overloaded` (503) when too many wait to be looked at already.
   */
  matches(
    key: { readonly text: string; readonly hash: string },
    slowHash: string,
  ): Promise<boolean>;
  close(): Promise<void>;
}

/** Of all keys, and of one: a flood of wrong texts of one key keeps no other key waiting long. */
const MOST_WAITING = 64;
const MOST_WAITING_OF_ONE = 4;
/** After a wrong text the next one of the same key is looked at so much later. */
const AFTER_WRONG_MS = 1_000;
const MOST_GOOD = 50_000;
const MOST_WRONG = 10_000;

/** Texts of one key that are looked at one after the other. */
interface Line {
  waiting: number;
  tail: Promise<unknown>;
}

/**
 * Remembers texts by their SHA-256, which stays in this process, together with the slow hash that
 * they were compared with: when the key is given another, nothing that was known of it counts.
 */
export function createSlowKeys(parts: {
  readonly slowHash: SlowHash;
  readonly clock: Clock;
}): SlowKeys {
  const { slowHash, clock } = parts;
  const good = new Map<string, string>();
  const wrong = new Map<string, string>();
  const lines = new Map<string, Line>();
  let waiting = 0;

  const compare = async (text: string, stored: string) => {
    const line = lines.get(stored) ?? { waiting: 0, tail: Promise.resolve() };
    if (waiting >= MOST_WAITING || line.waiting >= MOST_WAITING_OF_ONE) throw overloaded();
    lines.set(stored, line);
    line.waiting += 1;
    waiting += 1;
    const turn = line.tail.then(() => slowHash.matches(text, stored));
    const tail = turn.then(
      (isGood) => (isGood ? undefined : delay(clock, AFTER_WRONG_MS)),
      () => undefined,
    );
    line.tail = tail;
    void tail.then(() => {
      if (line.tail === tail) lines.delete(stored);
    });
    try {
      return await turn;
    } finally {
      line.waiting -= 1;
      waiting -= 1;
    }
  };
  return {
    matches: async ({ text, hash }, stored) => {
      if (good.get(hash) === stored) return true;
      if (wrong.get(hash) === stored) return false;
      const isGood = await compare(text, stored);
      if (isGood) put(good, hash, stored, MOST_GOOD);
      else put(wrong, hash, stored, MOST_WRONG);
      return isGood;
    },
    close: () => slowHash.close(),
  };
}

/** The one that was put in first goes first. */
function put(memory: Map<string, string>, hash: string, stored: string, most: number): void {
  const oldest = memory.size >= most ? memory.keys().next() : undefined;
  if (oldest?.done === false) memory.delete(oldest.value);
  memory.set(hash, stored);
}
