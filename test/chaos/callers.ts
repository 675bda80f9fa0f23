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

/** A key that was claimed by a process that died then is free after half a minute. */
const PATIENCE_MS = 180_000;

/**
 * Starts callers that call again and again, streamed and whole, and repeat each call with its
 * `Idempotency-Key`, at any of the living servers, until they have the whole answer.
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
  let isStopping = false;
  const run = async (caller: number, dice: Dice) => {
    for (let call = 0; !isStopping; call += 1) {
      const key = options.customer(dice);
      const headers = { 'idempotency-key': `caller-${caller}-call-${call}` };
      const body = bodyOf(dice);
      const once = () => attempt(told, pickFrom(options.origins(), dice), { key, headers, body });
      await vi.waitUntil(once, { timeout: PATIENCE_MS, interval: 50 });
    }
  };
  const running = Array.from({ length: options.count }, (_, caller) =>
    run(caller, options.dice.child()),
  );
  // Seen by whoever stops them; until then nobody waits.
  for (const one of running) one.catch(() => undefined);
  return {
    told,
    stop: async () => {
      isStopping = true;
      await Promise.all(running);
    },
  };
}

const pickFrom = (origins: readonly string[], dice: Dice) =>
  origins.length === 0 ? undefined : dice.pick(origins);

function bodyOf(dice: Dice): object {
  const stream = dice.below(2) === 0;
  return {
    model: 'demo-small',
    stream,
    max_tokens: 40,
    messages: [{ role: 'user', content: 'Tell me something' }],
    demo: { completion_tokens: 2 + dice.below(30), chunk_delay_ms: stream ? 10 : 0 },
  };
}

/** Whether the call is over: answered whole, or refused for good. */
async function attempt(
  told: Told,
  origin: string | undefined,
  call: { key: string; headers: { 'idempotency-key': string }; body: object },
): Promise<boolean> {
  if (origin === undefined) return false;
  const answer = await rawCall(origin, call).catch(() => undefined);
  const cost = answer === undefined ? undefined : costOf(answer);
  if (answer !== undefined && cost !== undefined) {
    const requestId = String(answer.headers['x-request-id']);
    told.completed.push({ idempotencyKey: call.headers['idempotency-key'], requestId, cost });
    return true;
  }
  if (answer?.status === 402) {
    told.refused += 1;
    return true;
  }
  const mayPass = answer === undefined || answer.status === 200 || answer.status >= 500;
  if (!mayPass && errorOf(answer).code !== 'idempotency_key_in_use') {
    throw new Error(`an answer that no client can explain: ${answer.status} ${answer.body}`);
  }
  told.broken += 1;
  return false;
}

/** What an answer that is whole was told to cost; undefined for one that is not. */
function costOf({ status, headers, trailers, body }: RawAnswer): string | undefined {
  if (status !== 200) return undefined;
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  if (isStream && dataOf(body).at(-1) !== '[DONE]') return undefined;
  const cost = trailers['x-farebox-cost'] ?? headers['x-farebox-cost'];
  return cost === undefined ? undefined : String(cost);
}
