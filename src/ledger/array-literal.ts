/**
 * PostgreSQL array literals, built directly: the batches carry some thirty arrays, and the driver's
 * general conversion would look at every element's type.
 */

type Scalar = bigint | number | boolean | string;

/** Elements that need no quoting: numbers, booleans, UUIDs and words of ours; null is NULL. */
export function plainArray(elements: readonly (Scalar | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : String(element))).join(',')}}`;
}

/** Text that may hold anything; null is NULL. */
export function quotedArray(elements: readonly (string | null)[]): string {
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${elements.map((text) => (text === null ? 'NULL' : quote(text))).join(',')}}`;
}
