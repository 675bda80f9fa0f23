import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Random } from '../kernel/index.ts';

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 8;
/** Public id and secret together: 34 characters of base 62 are 202 random bits. */
const RANDOM_LENGTH = 34;
const CHECKSUM_LENGTH = 6;
/** What follows the prefix: 40 characters for every platform, whatever its prefix. */
const BODY_LENGTH = RANDOM_LENGTH + CHECKSUM_LENGTH;
const BODY = new RegExp(`^[0-9A-Za-z]{${BODY_LENGTH}}$`);
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_-]{1,19}$/;

/** A key's text taken apart. Its secret part is not in here. */
export interface KeyParts {
  readonly prefix: string;
  readonly publicId: string;
}

/** Whether a platform may have this key prefix: 2 to 20 letters, digits, '_' and '-'. */
export function isKeyPrefix(text: string): boolean {
  return PREFIX.test(text);
}

/**
 * Makes a key: the prefix, 34 random characters of base 62 of which the first 8 are the public id,
 * and a CRC-32 of all of that in 6 characters of base 62, so that a typing error or a leak is
 * recognised without a look-up (the shape that GitHub gave its tokens).
 */
export function makeKey(prefix: string, random: Random): string {
  const body = prefix + randomText(RANDOM_LENGTH, random);
  return body + checksumOf(body);
}

/** Reads a key of any platform; undefined when it is not one, or its checksum is wrong. */
export function parseKey(text: string): KeyParts | undefined {
  const prefixLength = text.length - BODY_LENGTH;
  const prefix = text.slice(0, Math.max(0, prefixLength));
  if (!isKeyPrefix(prefix) || !BODY.test(text.slice(prefixLength))) return undefined;
  const checked = text.slice(0, -CHECKSUM_LENGTH);
  if (checksumOf(checked) !== text.slice(-CHECKSUM_LENGTH)) return undefined;
  return { prefix, publicId: text.slice(prefixLength, prefixLength + PUBLIC_ID_LENGTH) };
}

/** What is public of a key: its prefix and its public id. */
export function publicPartOf(text: string): string {
  return text.slice(0, text.length - BODY_LENGTH + PUBLIC_ID_LENGTH);
}

/**
 * What is stored of a key: its SHA-256, in hexadecimal. A slow hash would add nothing, because the
 * secret is random, and would cost every call its time.
 */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex');
}

/** How a key is shown after it was made: prefix, four characters, the last four. */
export function previewKey(text: string): string {
  const start = text.length - BODY_LENGTH;
  return `${text.slice(0, start + 4)}...${text.slice(-4)}`;
}

function checksumOf(text: string): string {
  let value = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = BASE_62.charAt(value % 62) + digits;
    value = Math.floor(value / 62);
  }
  return digits;
}

/** Bytes from 248 on are thrown away: kept, they would make the first characters likelier. */
function randomText(length: number, random: Random): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < 248 && text.length < length) text += BASE_62.charAt(byte % 62);
    }
  }
  return text;
}
