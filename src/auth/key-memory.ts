import type { Clock } from '../kernel/index.ts';
import type { Finding } from './caller.ts';

/** How long what the database said of a key is believed. The hold asks again in any case. */
const KNOWN_FOR_MS = 10_000;
const REFUSED_FOR_MS = 1_000;
/** The same while changes are not told: whoever revokes a key is to see it within a second. */
const UNTOLD_FOR_MS = 400;
/** Made-up keys have their own, smaller shelf, so that a flood of them evicts no good one. */
const KNOWN_MAX = 50_000;
const REFUSED_MAX = 10_000;

interface Entry {
  readonly finding: Finding;
  readonly askedMs: number;
  readonly untilMs: number;
}

/** What the database said of keys lately, by their hash. Bounded in number and in time. */
export interface KeyMemory {
  recall(keyHash: string): Finding | undefined;
  /** `askedMs` is when the database was asked, on the monotonic clock. */
  remember(keyHash: string, finding: Finding, askedMs: number): void;
  forget(which: (finding: Finding) => boolean): void;
  /** While it is not told of changes, which is how it begins, nothing is believed for long. */
  setTold(isTold: boolean): void;
  readonly size: number;
}

export function createKeyMemory(clock: Clock): KeyMemory {
  const known = new Map<string, Entry>();
  const refused = new Map<string, Entry>();
  let isTold = false;
  return {
    recall: (keyHash) => {
      const entry = known.get(keyHash) ?? refused.get(keyHash);
      if (entry === undefined) return undefined;
      const { askedMs, untilMs } = entry;
      const endsMs = isTold ? untilMs : Math.min(untilMs, askedMs + UNTOLD_FOR_MS);
      return clock.monotonicMs() < endsMs ? entry.finding : undefined;
    },
    remember: (keyHash, finding, askedMs) => {
      const good = 'caller' in finding;
      known.delete(keyHash);
      refused.delete(keyHash);
      const goodForMs = good ? Math.min(finding.leftMs, finding.changesInMs) : REFUSED_FOR_MS;
      const untilMs = askedMs + Math.min(KNOWN_FOR_MS, goodForMs);
      const entry = { finding, askedMs, untilMs };
      put(good ? known : refused, keyHash, entry, good ? KNOWN_MAX : REFUSED_MAX);
    },
    forget: (which) => {
      drop(known, which);
      drop(refused, which);
    },
    setTold: (told) => {
      isTold = told;
    },
    get size() {
      return known.size + refused.size;
    },
  };
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
