/** Tells the calls under way that the server has to stop. */
export interface Stopping {
  readonly hasBegun: boolean;
  /** Called once when it begins, at once if it has; the returned function unsubscribes. */
  onBegin(listener: () => void): () => void;
}

/**
 * A plain set of listeners, because every call adds and removes one: an abort signal searches
 * through those of all other calls for that.
 */
export function createStopping(): Stopping & { begin(): void } {
  const listeners = new Set<() => void>();
  let hasBegun = false;
  return {
    get hasBegun() {
      return hasBegun;
    },
    onBegin: (listener) => {
      if (hasBegun) listener();
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin: () => {
      hasBegun = true;
      for (const listener of listeners) listener();
      listeners.clear();
    },
  };
}
