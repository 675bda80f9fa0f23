import { type FieldError, InvalidRequest } from './faults.ts';

/**
 * Refuses the character U+0000, wherever in a request it stands: PostgreSQL has no text with it.
 * Fault: `invalid_request` (400), every place named.
 */
export function refuseNul(value: unknown): void {
  const errors = placesOf(value, '');
  if (errors.length > 0) throw new InvalidRequest(errors);
}

function placesOf(value: unknown, path: string): FieldError[] {
  if (typeof value === 'string') {
    return value.includes('\u0000') ? [{ path, message: 'has the character U+0000' }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [...(name.includes('\u0000') ? placesOf(name, at) : []), ...placesOf(inner, at)];
  });
}
