import { vi } from 'vitest';
import { dataOf, errorOf, type RawAnswer, rawCall } from '../raw-call.ts';
import type { Dice } from './dice.ts';

/** An answer that a client has whole, and what it was told that it cost. */
export interface Completed {
  readonly idempotencyKey: string;
  readonly requestId: string;
  /** In the wallet's unit, as a decimal. */
  readonly cost: string;
}

/** What all callers have to tell. */
export interface Told {
  readonly completed: Completed[];
  /** Attempts that ended without a whole answer. */
  broken: number;
  /** Calls that an empty wallet ended. */
  refused: number;
}

export interface Callers {
  readonly told: Told;
  /** Lets every call that has begun be repeated until it is answered, and begins no other. */
  stop(): Promise<void>;
}

interface Call {
  readonly key: string;
  readonly headers: { readonly 'idempotency-key': string };
  readonly body: object;
}

/** A call that was held by a process that died is answered once its hold has expired. */
const PATIENCE = { timeout: 240_000, interval: 1_000 };
const AGAIN = { timeout: 120_000, interval: 50 };

/**
 * Starts callers that call again and again, streamed and whole, and repeat each call with its
 * `Idempotency-Key`, at any of the living servers, until they have the whole answer. What is under
 * way elsewhere, or was with a process that died, is asked for from time to time, beside others.
 */
export function startCallers(options: {
  readonly count: number;
  readonly dice: Dice;
  /** Where servers are now; none for a moment is possible. */
  origins(): readonly string[];
  /** Who calls: a customer's key. */
  customer(dice: Dice): string;
}): Callers {
  const told: Told = { completed: [], broken: 0, refused: 0 };
  const repeating: Promise<unknown>[] = [];
  let isStopping = false;

  async function run(caller: number, dice: Dice): Promise<void> {
    for (let call = 0; !isStopping; call += 1) {
      const next = newCall(`caller-${caller}-call-${call}`, options.customer(dice), dice);
      const once = () => attempt(told, pickFrom(options.origins(), dice), next);
      const end = await vi.waitUntil(once, AGAIN);
      if (end === 'elsewhere') repeat(async () => (await once()) === 'over');
    }
  }
  const repeat = (isOver: () => Promise<boolean>) => {
    const repeated = vi.waitUntil(isOver, PATIENCE);
    // Seen by whoever stops them; until then nobody waits.
    repeated.catch(() => undefined);
    repeating.push(repeated);
  };

  const running = Array.from({ length: options.count }, (_, caller) =>
    run(caller, options.dice.child()),
  );
  for (const one of running) one.catch(() => undefined);
  return {
    told,
    stop: async () => {
      isStopping = true;
      await Promise.all(running);
      await Promise.all(repeating);
    },
  };
}

const pickFrom = (origins: readonly string[], dice: Dice) =>
  origins.length === 0 ? undefined : dice.pick(origins);

function newCall(name: string, key: string, dice: Dice): Call {
  const stream = dice.below(2) === 0;
  const body = {
    model: 'demo-small',
    stream,
    max_tokens: 40,
    messages: [{ role: 'user', content: 'Tell me something' }],
    demo: { completion_tokens: 2 + dice.below(30), chunk_delay_ms: stream ? 10 : 0 },
  };
  return { key, headers: { 'idempotency-key': name }, body };
}

/**
 * One attempt at a call: `over` when it is answered whole or refused for good, `elsewhere` while
 * another attempt at it is not over, undefined when it is to be repeated at once.
 */
async function attempt(
  told: Told,
  origin: string | undefined,
  call: Call,
): Promise<'over' | 'elsewhere' | undefined> {
  if (origin === undefined) return undefined;
  const answer = await rawCall(origin, call).catch(() => undefined);
  const cost = answer === undefined ? undefined : costOf(answer);
  if (answer !== undefined && cost !== undefined) {
    const requestId = String(answer.headers['x-request-id']);
    told.completed.push({ idempotencyKey: call.headers['idempotency-key'], requestId, cost });
    return 'over';
  }
  if (answer?.status === 402) {
    told.refused += 1;
    return 'over';
  }
  told.broken += 1;
  if (answer === undefined || answer.status === 200 || answer.status >= 500) return undefined;
  if (errorOf(answer).code === 'idempotency_key_in_use') return 'elsewhere';
  throw new Error(`an answer that no client can explain: ${answer.status} ${answer.body}`);
}

/** What an answer that is whole was told to cost; undefined for one that is not. */
function costOf({ status, headers, trailers, body }: RawAnswer): string | undefined {
  if (status !== 200) return undefined;
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  if (isStream && dataOf(body).at(-1) !== '[DONE]') return undefined;
  const cost = trailers['x-farebox-cost'] ?? headers['x-farebox-cost'];
  return cost === undefined ? undefined : String(cost);
}
