import { type Clock, overloaded } from '../kernel/index.ts';
import type { Turns } from './turns.ts';
import { createWaitingLine, type Standing } from './waiting-line.ts';

/**
 * Group commit: items that arrive while a batch is under way form the next batch. No timer: an item
 * that comes alone runs alone, at once.
 */
export interface BatchLane<Item, Result> {
  /**
   * Rejects with a Fault `overloaded` (503) when too many items wait already, or when this one has
   * waited for too long: then it was never executed.
   */
  submit(item: Item): Promise<Result>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

interface Waiting<Item, Result> extends Standing {
  readonly item: Item;
  resolve(result: Result): void;
}

export interface BatchLimits {
  readonly maxItems: number;
  readonly maxWaiting: number;
  /** How long an item may wait for its batch to begin. */
  readonly maxWaitMs: number;
}

/**
 * `execute` answers a batch with one result an item, in order, or throws; it is told when the last
 * of them was submitted, on the monotonic clock. `isOneItemsFault` tells which errors one bad item
 * may have caused: such a batch is halved until the bad item stands alone, so that it fails by
 * itself. Any other error is every item's.
 */
export function createBatchLane<Item, Result>(
  options: BatchLimits & {
    readonly clock: Clock;
    /** Shared with lanes that `execute` takes turns with; a batch is formed when its turn comes. */
    readonly turns?: Turns;
    execute(items: readonly Item[], sinceMs: number): Promise<readonly Result[]>;
    isOneItemsFault(error: unknown): boolean;
  },
): BatchLane<Item, Result> {
  const { clock } = options;
  const line = createWaitingLine<Waiting<Item, Result>>(options);
  const onIdle: (() => void)[] = [];
  let running = false;

  async function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.execute(
        batch.map((waiting) => waiting.item),
        batch.at(-1)?.sinceMs ?? 0,
      );
      batch.forEach((waiting, index) => {
        waiting.resolve(results[index] as Result);
      });
    } catch (error) {
      if (batch.length === 1 || !options.isOneItemsFault(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await runBatch(batch.slice(0, middle));
      await runBatch(batch.slice(middle));
    }
  }

  async function pump(): Promise<void> {
    running = true;
    while (line.length > 0) {
      // What arrives while the other side has its turn still goes into the batch.
      const others = options.turns?.wait();
      if (others !== undefined) await others;
      const batch = line.take(options.maxItems);
      if (batch.length > 0) await runBatch(batch);
    }
    running = false;
    for (const resolve of onIdle.splice(0)) resolve();
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        const sinceMs = clock.monotonicMs();
        if (!line.join({ item, sinceMs, resolve, reject })) reject(overloaded());
        else if (!running) void pump();
      }),
    idle: () => (running ? new Promise((resolve) => onIdle.push(resolve)) : Promise.resolve()),
  };
}
