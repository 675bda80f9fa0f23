import { randomBytes } from 'node:crypto';
import { assert } from './assert.ts';
import type { Clock } from './clock.ts';

/** Source of random bytes; handed in so that a simulation can replay it. */
export type Random = (size: number) => Uint8Array;

/** The machine's own randomness: the one place that reads it. */
export const systemRandom: Random = (size) => randomBytes(size);

/**
 * Makes identifiers. A *call id* is a UUID version 7 (RFC 9562): its first 48 bits are the call's
 * start in milliseconds, which is also what its database partition is chosen by. A *row id* is a
 * positive 63-bit integer: 42 bits of milliseconds since 2020, 21 random bits, strictly rising
 * within one process.
 */
export interface Ids {
  callId(): string;
  rowId(): bigint;
}

const EPOCH_2020_MS = 1_577_836_800_000n;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID_BYTES = 16;
const CALL_ID_RANDOM_BYTES = 10;
/** Random bytes are fetched for this many ids at once: fetching costs more than making an id. */
const IDS_A_FETCH = 64;

export function createIds(clock: Clock, random: Random): Ids {
  let lastRowId = 0n;
  let pool: Uint8Array = new Uint8Array(0);
  let taken = 0;
  const take = (size: number): Uint8Array => {
    if (taken + size > pool.length) {
      pool = random(CALL_ID_RANDOM_BYTES * IDS_A_FETCH);
      taken = 0;
    }
    taken += size;
    return pool.subarray(taken - size, taken);
  };
  return {
    callId: () => uuidFromBytes(uuidV7Bytes(clock.nowMs(), take(CALL_ID_RANDOM_BYTES))),
    rowId: () => {
      const [high = 0, middle = 0, low = 0] = take(3);
      const bits = BigInt(((high << 16) | (middle << 8) | low) & 0x1fffff);
      const fresh = ((BigInt(clock.nowMs()) - EPOCH_2020_MS) << 21n) | bits;
      lastRowId = fresh > lastRowId ? fresh : lastRowId + 1n + (bits & 0xffn);
      return lastRowId;
    },
  };
}

function uuidV7Bytes(startMs: number, randomPart: Uint8Array): Buffer {
  assert(startMs >= 0 && startMs < 2 ** 48, 'a UUIDv7 holds a time of 48 bits');
  const bytes = Buffer.allocUnsafe(UUID_BYTES);
  bytes.writeUIntBE(startMs, 0, 6);
  bytes.set(randomPart, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes;
}

function uuidFromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const start = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}`;
  return `${start}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The smallest UUIDv7 of a millisecond: a partition's bound, a page's cursor. */
export function lowestCallIdAt(startMs: number): string {
  const hex = BigInt(startMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

/** A call's start in milliseconds since 1970, as its id carries it. */
export function callStartMs(callId: string): number {
  return Number.parseInt(callId.slice(0, 8) + callId.slice(9, 13), 16);
}

/** A call id as callers see it: `req_` and 26 characters of Crockford's base 32. */
export function formatCallId(callId: string): string {
  const bytes = Buffer.from(callId.replaceAll('-', ''), 'hex');
  // 26 characters hold 130 bits: the first one carries only the topmost three.
  let text = 'req_';
  let bits = 2;
  let rest = 0;
  for (const byte of bytes) {
    rest = (rest << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(rest >> (bits - 5)) & 31];
    rest &= (1 << bits) - 1;
  }
  return text;
}

/** Reads `req_...` back into a UUID; undefined when it is not one. */
export function parseCallId(text: string): string | undefined {
  const value = fromBase32(text, 'req_', 26);
  if (value === undefined || value >= 2n ** 128n) return undefined;
  return uuidFromBytes(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
}

/** A row id as the outside sees it: its kind's prefix and 13 characters, `acc_0e5x2...`. */
export function formatRowId(prefix: string, id: bigint): string {
  return `${prefix}_${toBase32(id, 13)}`;
}

/** Reads an id with that prefix back; undefined when it is not one. */
export function parseRowId(prefix: string, text: string): bigint | undefined {
  const value = fromBase32(text, `${prefix}_`, 13);
  return value === undefined || value >= 2n ** 63n ? undefined : value;
}

function toBase32(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest >>= 5n) {
    text = ALPHABET[Number(rest & 31n)] + text;
  }
  return text;
}

function fromBase32(text: string, prefix: string, length: number): bigint | undefined {
  if (!text.startsWith(prefix) || text.length !== prefix.length + length) return undefined;
  let value = 0n;
  for (const character of text.slice(prefix.length)) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  return value;
}
