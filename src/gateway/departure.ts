import type { ServerResponse } from 'node:http';
import type { Departure } from './call-routes.ts';

/** Nobody can be told anything over this answer any more. */
export function isGone(response: ServerResponse): boolean {
  // A socket that was destroyed a moment ago has not told its answer yet.
  return response.destroyed || response.socket?.destroyed === true;
}

/** Watches whether the caller closes its connection before its answer has ended. */
export function watchDeparture(response: ServerResponse): Departure {
  let hasLeft = isGone(response);
  let listener: (() => void) | undefined;
  response.once('close', () => {
    if (response.writableFinished) return;
    hasLeft = true;
    listener?.();
    listener = undefined;
  });
  return {
    get hasLeft() {
      return hasLeft;
    },
    onLeave: (next) => {
      listener = next;
      if (hasLeft) next?.();
    },
  };
}
