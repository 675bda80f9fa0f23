import type { Settlement } from './types.ts';

/** The calls of this process that hold something, or may. */
export interface OpenCalls {
  /** Asked for their hold, and not resolved since. */
  readonly held: Set<string>;
  /** Could not be resolved while the database was away. They are as soon as it is back. */
  readonly abandoned: Map<string, Settlement>;
}

/** Lets a retry put right what may have failed: the lease taken away, a day without partition. */
export type PutRight = () => Promise<void>;
