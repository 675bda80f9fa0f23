/** Bounds what the bodies of all requests under way take together, so that memory is bounded. */
export interface BodyBudget {
  /** Counts bytes to a request's body. False when there is no room: then nothing is counted. */
  take(request: object, bytes: number): boolean;
  /** The request's body is not needed any more. */
  giveBack(request: object): void;
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  const taken = new Map<object, number>();
  let sum = 0;
  return {
    take: (request, bytes) => {
      if (sum + bytes > maxBytes) return false;
      sum += bytes;
      taken.set(request, (taken.get(request) ?? 0) + bytes);
      return true;
    },
    giveBack: (request) => {
      sum -= taken.get(request) ?? 0;
      taken.delete(request);
    },
  };
}
