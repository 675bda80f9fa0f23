/**
 * A collection that things enter and leave all the time, in no order. A Set would do if V8 did not
 * link each table of a Set to the one that replaces it: whatever was in an old one then lives until
 * the next full collection, and with it all of a call that is long over.
 */
export class Bag<Item> implements Iterable<Item> {
  readonly #entries: { readonly item: Item; place: number }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Returns what takes it out again; a second time that does nothing. */
  add(item: Item): () => void {
    const entry = { item, place: this.#entries.length };
    this.#entries.push(entry);
    return () => this.#remove(entry);
  }

  /** What is in it now: it may change meanwhile. */
  [Symbol.iterator](): Iterator<Item> {
    return this.#entries.map(({ item }) => item).values();
  }

  #remove(entry: { place: number }): void {
    if (this.#entries[entry.place] !== entry) return;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    last.place = entry.place;
    this.#entries[entry.place] = last;
  }
}
