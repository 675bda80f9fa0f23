import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
} from 'jose';
import { z } from 'zod';
import { type Outbound, OutboundFailed } from '../../http/index.ts';
import { type Clock, Fault } from '../../kernel/index.ts';
import { issuerUnavailable } from './token-faults.ts';

/** A key that was taken out of an issuer's set is believed for no longer than this. */
export const KEYS_AGE_MS = 300_000;
/** A token with an unknown key makes us look again, but not every such token does. */
export const LOOK_AGAIN_MS = 30_000;
/** What could not be read is not asked for again at once. */
const PAUSE_MS = 5_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const MAX_SETS = 1_000;

type LocalSet = ReturnType<typeof createLocalJWKSet>;

interface Entry {
  readonly askedMs: number;
  readonly set: Promise<LocalSet>;
  isBroken: boolean;
}

/** The public keys of issuers, as they publish them (RFC 7517), remembered for minutes. */
export interface KeySets {
  /**
   * The key that a token says it is signed with. Rejects with jose's errors when there is none, and
   * with the Fault `token_issuer_unavailable` (503) when the keys cannot be read.
   */
  find(
    url: string,
    header: CompactJWSHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<CryptoKey>;
}

const Keys = z.object({
  keys: z.array(z.looseObject({ kty: z.string().max(20) })).max(100),
});

export function createKeySets({
  clock,
  outbound,
}: {
  readonly clock: Clock;
  readonly outbound: Pick<Outbound, 'send'>;
}): KeySets {
  const entries = new Map<string, Entry>();

  function load(url: string): Entry {
    const entry: Entry = {
      askedMs: clock.monotonicMs(),
      set: fetchKeys(outbound, url),
      isBroken: false,
    };
    entry.set.catch(() => {
      entry.isBroken = true;
    });
    entries.delete(url);
    entries.set(url, entry);
    const [oldest] = entries.keys();
    if (entries.size > MAX_SETS && oldest !== undefined) entries.delete(oldest);
    return entry;
  }

  const ageOf = (entry: Entry) => clock.monotonicMs() - entry.askedMs;

  function current(url: string): Entry {
    const entry = entries.get(url);
    const isOver = entry !== undefined && ageOf(entry) >= (entry.isBroken ? PAUSE_MS : KEYS_AGE_MS);
    return entry === undefined || isOver ? load(url) : entry;
  }

  return {
    find: async (url, header, token) => {
      const entry = current(url);
      try {
        return await (await entry.set)(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        // The issuer may have changed its keys since; somebody else may have looked already.
        const newest = current(url);
        if (newest === entry && ageOf(entry) < LOOK_AGAIN_MS) throw error;
        const again = newest === entry ? load(url) : newest;
        return (await again.set)(header, token);
      }
    },
  };
}

async function fetchKeys(outbound: Pick<Outbound, 'send'>, url: string): Promise<LocalSet> {
  try {
    const answer = await outbound.send(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (answer.status !== 200) throw issuerUnavailable(`${url} answered ${answer.status}`);
    const keys = Keys.parse(JSON.parse(answer.body.toString('utf8')));
    return createLocalJWKSet(keys as JSONWebKeySet);
  } catch (error) {
    if (error instanceof Fault && error.status === 503) throw error;
    const known = error instanceof OutboundFailed || error instanceof Fault;
    const problem = known ? error.message : 'it is not a set of keys';
    throw issuerUnavailable(`${url}: ${problem}`, error);
  }
}
