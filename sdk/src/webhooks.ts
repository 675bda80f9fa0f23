import { FareboxError } from './errors.ts';

/** A delivery that is not what it says. `code` tells why. */
export class WebhookError extends FareboxError {
  override name = 'WebhookError';
  readonly code: 'missing_header' | 'invalid_secret' | 'stale' | 'no_match' | 'invalid_payload';

  constructor(code: WebhookError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A delivery as it arrived. */
export interface WebhookDelivery {
  /** The body, byte for byte: one that was parsed and written again does not match. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `whsec_...`; several while one takes the place of another. */
  readonly secret: string | readonly string[];
  /** How far the delivery's time may be from ours: five minutes unless given. */
  readonly toleranceSeconds?: number | undefined;
  /** The time, for tests. */
  readonly nowMs?: number | undefined;
}

const TOLERANCE_SECONDS = 300;
const PREFIX = 'whsec_';

/** A key as WebCrypto has it, whichever surroundings declare its type. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * Checks a delivery's signature and time as Standard Webhooks has them, and resolves with its
 * event. Rejects with a WebhookError.
 */
export async function verifyWebhook<T = unknown>(delivery: WebhookDelivery): Promise<T> {
  const { headers, toleranceSeconds = TOLERANCE_SECONDS, nowMs = Date.now() } = delivery;
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    headerOf(headers, `webhook-${name}`),
  ) as [string, string, string];
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(nowMs / 1_000 - seconds) <= toleranceSeconds)) {
    throw new WebhookError('stale', 'The delivery is too old, or dated in the future.');
  }
  const body = typeof delivery.body === 'string' ? encode(delivery.body) : delivery.body;
  const signed = joined(encode(`${id}.${timestamp}.`), body);
  const secrets = typeof delivery.secret === 'string' ? [delivery.secret] : delivery.secret;
  const keys = await Promise.all(secrets.map(readSecret));
  const isSigned = await isAnyOf(keys, signaturesOf(signatures), signed);
  if (!isSigned)
    throw new WebhookError('no_match', 'No signature of the delivery fits the secret.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as T;
  } catch {
    throw new WebhookError('invalid_payload', 'The delivery is signed, and no JSON.');
  }
}

async function isAnyOf(
  keys: readonly Key[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const key of keys) {
    for (const signature of signatures) {
      // Takes as long for a near miss as for any other.
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
    }
  }
  return false;
}

function headerOf(headers: WebhookDelivery['headers'], name: string): string {
  const found = isHeaders(headers)
    ? headers.get(name)
    : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  const text = typeof found === 'string' ? found : found?.[0];
  if (text) return text;
  throw new WebhookError('missing_header', `The delivery has no header '${name}'.`);
}

const isHeaders = (headers: WebhookDelivery['headers']): headers is Headers =>
  typeof (headers as Headers).get === 'function';

/** Those of the version that we know; others are for other readers. */
function signaturesOf(text: string): Uint8Array<ArrayBuffer>[] {
  return text.split(' ').flatMap((one) => {
    const [version, code] = one.split(',');
    const bytes = version === 'v1' && code !== undefined ? decode64(code) : undefined;
    return bytes === undefined ? [] : [bytes];
  });
}

async function readSecret(secret: string): Promise<Key> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const bytes = decode64(text);
  if (bytes === undefined || bytes.length === 0) {
    throw new WebhookError('invalid_secret', "A secret is 'whsec_' and base64.");
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
}

function decode64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

const encode = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(bytes);
};

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
