import type { IncomingMessage } from 'node:http';
import { type BodyBudget, createBodyBudget } from '../http/index.ts';
import { type Clock, overloaded } from '../kernel/index.ts';
import { createRefusalPace, type RefusalPace } from './refusal-pace.ts';

/** Calls under way in one process, streams that go on for minutes among them. */
const MAX_CALLS = 20_000;
/** What their bodies take together; two of the largest always fit. */
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

/** What a process takes on at once. */
export interface Intake {
  /** What the bodies of calls are counted against. */
  readonly bodies: BodyBudget;
  readonly callsUnderWay: number;
  /**
   * Runs one call. Throws the Fault `overloaded` (503) when as many are under way as one process
   * takes on. A refusal of one who is refused all the time is handed on a little later.
   */
  run(request: IncomingMessage, call: () => Promise<void>): Promise<void>;
  /** Tells whose the request is, as soon as that is known. */
  readonly cameFrom: RefusalPace['cameFrom'];
  /** Resolves when no call is under way. From now on refusals are handed on at once. */
  close(): Promise<void>;
}

export function createIntake(options: {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly maxCalls?: number;
}): Intake {
  const { maxCalls = MAX_CALLS } = options;
  const bodies = createBodyBudget(Math.max(MAX_BODIES_BYTES, 2 * options.maxBodyBytes));
  const pace = createRefusalPace(options.clock);
  let underWay = 0;
  let onIdle: (() => void) | undefined;
  const counted = async (request: IncomingMessage, work: () => Promise<void>) => {
    underWay += 1;
    try {
      await work();
    } finally {
      underWay -= 1;
      bodies.giveBack(request);
      if (underWay === 0) onIdle?.();
    }
  };
  return {
    bodies,
    cameFrom: pace.cameFrom,
    get callsUnderWay() {
      return underWay;
    },
    run: async (request, work) => {
      if (underWay >= maxCalls) throw overloaded();
      try {
        await counted(request, work);
      } catch (error) {
        await pace.holdBack(request, error);
        throw error;
      }
    },
    close: async () => {
      pace.close();
      if (underWay === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    },
  };
}
