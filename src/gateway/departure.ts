import type { ServerResponse } from 'node:http';
import type { Departure } from './call-routes.ts';

/** Watches whether the caller closes its connection before its answer has ended. */
export function watchDeparture(response: ServerResponse): Departure {
  let hasLeft = response.destroyed;
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
