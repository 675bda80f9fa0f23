/** A promise of the program itself was broken. Never caused by input; always a bug of ours. */
export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}

/** Throws {@link AssertionFailed} when the condition does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}
