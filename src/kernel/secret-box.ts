import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { assert } from './assert.ts';
import type { Random } from './ids.ts';

/** Encrypts what must be readable again by this instance alone, such as a provider's key. */
export interface SecretBox {
  /** Gives other bytes each time, also for the same text. */
  seal(text: string): Buffer;
  /** Throws {@link SecretUnreadable} when the bytes were not sealed with this key or changed. */
  open(sealed: Uint8Array): string;
  /** {@link seal} for bytes that need not be a text. */
  sealBytes(bytes: Uint8Array): Buffer;
  /** {@link open} for what {@link sealBytes} sealed. */
  openBytes(sealed: Uint8Array): Buffer;
  /**
   * A box for one purpose alone, with a key derived from this one's (HKDF, RFC 5869): what another
   * purpose sealed it cannot open. For whatever is sealed often, because random nonces allow no
   * more than 2^32 messages under one key.
   */
  derive(purpose: string): SecretBox;
  /**
   * A key that makes codes over data and reads nothing, for one purpose alone: derived from this
   * box's (HKDF, RFC 5869), so that no purpose's codes pass for another's.
   */
  macKey(purpose: string): MacKey;
}

/** Begins a message authentication code: HMAC-SHA256, 32 bytes. The key stays inside. */
export type MacKey = () => Mac;

export interface Mac {
  /** Adds what comes next; a text as its UTF-8 bytes. */
  update(data: string | Uint8Array): void;
  /** Ends the code. */
  digest(): Buffer;
}

/** Sealed bytes that this instance cannot open. */
export class SecretUnreadable extends Error {
  override name = 'SecretUnreadable';
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/**
 * A box for one instance key of 32 bytes: AES-256-GCM (NIST SP 800-38D) with a random nonce. The
 * sealed form is one byte of version, 12 of nonce, the ciphertext and 16 of tag; the version is
 * authenticated too, so that a later form cannot be passed off as this one.
 */
export function createSecretBox(instanceKey: Uint8Array, random: Random): SecretBox {
  assert(instanceKey.length === 32, 'the instance key has 32 bytes');
  const key = Buffer.from(instanceKey);
  const sealBytes = (bytes: Uint8Array): Buffer => {
    const header = Buffer.concat([Buffer.of(VERSION), random(NONCE_BYTES)]);
    const cipher = createCipheriv('aes-256-gcm', key, header.subarray(1));
    cipher.setAAD(header.subarray(0, 1));
    const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([header, body, cipher.getAuthTag()]);
  };
  const openBytes = (sealed: Uint8Array): Buffer => openWith(key, Buffer.from(sealed));
  return {
    seal: (text) => sealBytes(Buffer.from(text, 'utf8')),
    open: (sealed) => openBytes(sealed).toString('utf8'),
    sealBytes,
    openBytes,
    derive: (purpose) => {
      const derived = hkdfSync('sha256', key, Buffer.alloc(0), purpose, key.length);
      return createSecretBox(new Uint8Array(derived), random);
    },
    macKey: (purpose) => {
      const derived = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `mac ${purpose}`, 32));
      return () => createHmac('sha256', derived);
    },
  };
}

function openWith(key: Buffer, bytes: Buffer): Buffer {
  if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) {
    throw new SecretUnreadable('these bytes are not a sealed secret of a known version');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bytes.subarray(0, 1));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const body = decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES));
    return Buffer.concat([body, decipher.final()]);
  } catch (cause) {
    throw new SecretUnreadable(
      'this secret was sealed with another instance key, or it was changed',
      { cause },
    );
  }
}
