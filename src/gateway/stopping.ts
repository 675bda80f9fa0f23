import { Bag } from '../kernel/index.ts';

/** Tells the calls under way that the server has to stop. */
export interface Stopping {
  readonly hasBegun: boolean;
  /** Called once when it begins, at once if it has; the returned function unsubscribes. */
  onBegin(listener: () => void): () => void;
}

/**
 * Not an abort signal: every call adds a listener and takes it out, and a signal searches through
 * those of all other calls for that.
 */
export function createStopping(): Stopping & { begin(): void } {
  const listeners = new Bag<() => void>();
  let hasBegun = false;
  return {
    get hasBegun() {
      return hasBegun;
    },
    onBegin: (listener) => {
      if (!hasBegun) return listeners.add(listener);
      listener();
      return () => {};
    },
    begin: () => {
      if (hasBegun) return;
      hasBegun = true;
      for (const listener of listeners) listener();
    },
  };
}
