/** An answer larger than this is not kept for a repeat. */
export const KEPT_MAX_BYTES = 1024 * 1024;

/** Remembers what an answer sends, as long as it is no more than is kept. */
export class KeptBytes {
  #parts: Buffer[] = [];
  #size = 0;

  add(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size <= KEPT_MAX_BYTES) this.#parts.push(bytes);
    else this.#parts = [];
  }

  /** All of it; undefined when it was too much. */
  read(): Buffer | undefined {
    return this.#size <= KEPT_MAX_BYTES ? Buffer.concat(this.#parts, this.#size) : undefined;
  }
}
