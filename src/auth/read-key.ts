import { timingSafeEqual } from 'node:crypto';
import { hashKey } from '../tenants/index.ts';
import { invalidKey, missingKey } from './caller.ts';

/** Where a key may stand: node's own header object is one of these. */
export interface KeyHeaders {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | readonly string[] | undefined;
}

/**
 * The key of a request: `Authorization: Bearer KEY` (the scheme in any case, spaces tolerated) or
 * `x-api-key: KEY`. Both may be given when they are the same. Throws the Faults
 * `MISSING_AUTH_HEADER` and `INVALID_TOKEN` (401).
 */
export function readKey(headers: KeyHeaders): string {
  const bearer = readBearer(headers.authorization);
  const direct = String(headers['x-api-key'] ?? '').trim();
  if (bearer === '' && direct === '') throw missingKey();
  if (bearer !== '' && direct !== '' && !same(bearer, direct)) throw invalidKey();
  return bearer === '' ? direct : bearer;
}

function readBearer(authorization: string | undefined): string {
  const text = authorization?.trim() ?? '';
  if (text.slice(0, 6).toLowerCase() !== 'bearer') return text === '' ? '' : otherScheme();
  if (text.length > 6 && text[6] !== ' ' && text[6] !== '\t') return otherScheme();
  return text.slice(6).trim();
}

/** A header that is there but is not a bearer's is a wrong credential, not a missing one. */
function otherScheme(): never {
  throw invalidKey();
}

/** Compares hashes, so that the time taken tells nothing of either text. */
function same(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashKey(one)), Buffer.from(hashKey(other)));
}
