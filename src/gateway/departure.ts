import type { ServerResponse } from 'node:http';

/** Nobody can be told anything over this answer any more. */
export function isGone(response: ServerResponse): boolean {
  // A socket that was destroyed a moment ago has not told its answer yet.
  return response.destroyed || response.socket?.destroyed === true;
}

/**
 * Follows a caller who leaves: from then on the upstream is read for its usage, and not long.
 * Made before the answer goes out, it sees whether the connection is closed before its end.
 */
export class Departure {
  #hasLeft: boolean;
  #listener: (() => void) | undefined;

  constructor(response: ServerResponse) {
    this.#hasLeft = isGone(response);
    response.once('close', () => {
      if (response.writableFinished) return;
      this.#hasLeft = true;
      this.#listener?.();
      this.#listener = undefined;
    });
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Called once when the caller leaves, at once if it has left already; undefined unsubscribes. */
  onLeave(listener: (() => void) | undefined): void {
    this.#listener = listener;
    if (this.#hasLeft) listener?.();
  }
}
