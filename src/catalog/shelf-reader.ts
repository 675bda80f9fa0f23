/** Reads shelves by the platforms' ids, several together; resolves when they are up to date. */
export type ReadShelves = (platformIds: readonly bigint[]) => Promise<void>;

/** Platforms whose catalogues are read by one query. */
const AT_ONCE = 100;

interface Wish {
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Reads what is wished for, one batch at a time: wishes for a platform that come during a read are
 * fulfilled together by the one that follows, so that a thousand callers of a platform cost one
 * read, and whoever wishes sees what was committed before.
 */
export function createShelfReader(read: ReadShelves): {
  wish(platformId: bigint): Promise<void>;
  /** Waits for the reads that are under way or wished for. */
  idle(): Promise<void>;
} {
  const waiting = new Map<bigint, Wish>();
  let running: Promise<void> | undefined;

  const run = async () => {
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, AT_ONCE);
      for (const [platformId] of batch) waiting.delete(platformId);
      try {
        await read(batch.map(([platformId]) => platformId));
        for (const [, wish] of batch) wish.resolve();
      } catch (error) {
        for (const [, wish] of batch) wish.reject(error);
      }
    }
    running = undefined;
  };

  return {
    wish: (platformId) => {
      const wish = waiting.get(platformId) ?? createWish();
      waiting.set(platformId, wish);
      // Not before all who wish in this turn have done so.
      running ??= Promise.resolve().then(run);
      return wish.done;
    },
    idle: async () => {
      await running;
    },
  };
}

function createWish(): Wish {
  let settle: Pick<Wish, 'resolve' | 'reject'> | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Who wishes hears of it; that nobody waits any more is no fault.
  done.catch(() => undefined);
  return { done, resolve: () => settle?.resolve(), reject: (error) => settle?.reject(error) };
}
