/** Places of things that many calls of a batch name: each thing once, in the order of the ids. */
export interface Places {
  /** The ids, ascending. */
  readonly ids: readonly bigint[];
  /** The 1-based place of an id that is among them. */
  of(id: bigint): number;
}

/** Rows are locked in the order of their ids, so that two batches never wait for each other. */
export function placesOf(ids: Iterable<bigint>): Places {
  const sorted = [...new Set(ids)].sort((a, b) => (a < b ? -1 : 1));
  const places = new Map(sorted.map((id, index) => [id, index + 1]));
  return { ids: sorted, of: (id) => places.get(id) as number };
}
