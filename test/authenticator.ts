import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A passkey in software (WebAuthn level 2, ES256, no attestation). */
export interface SoftAuthenticator {
  /** Answers the options of a registration. */
  create(options: CreationOptions, origin: string): object;
  /** Answers the options of a sign-in. */
  get(options: RequestOptions, origin: string): object;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}

interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_KEY = 0x40;

export function createAuthenticator(): SoftAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(16);
  let [counter, userHandle] = [0, ''];
  const credential = (response: object) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  });
  return {
    create: ({ challenge, rp, user }, origin) => {
      userHandle = user.id;
      const flags = USER_PRESENT | USER_VERIFIED | HAS_KEY;
      const key = Buffer.concat([Buffer.alloc(16), length16(id), id, coseKey(publicKey)]);
      const data = Buffer.concat([authenticatorData(rp.id, flags, counter), key]);
      const object = map([
        [text('fmt'), text('none')],
        [text('attStmt'), map([])],
        [text('authData'), bytes(data)],
      ]);
      return credential({
        clientDataJSON: clientData('webauthn.create', challenge, origin).toString('base64url'),
        attestationObject: object.toString('base64url'),
        transports: ['internal'],
      });
    },
    get: ({ challenge, rpId }, origin) => {
      counter += 1;
      const client = clientData('webauthn.get', challenge, origin);
      const data = authenticatorData(rpId, USER_PRESENT | USER_VERIFIED, counter);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
        userHandle,
      });
    },
  };
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function authenticatorData(rpId: string, flags: number, counter: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags, 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), rest]);
}

/** RFC 9053: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const part = (text: string) => bytes(Buffer.from(text, 'base64url'));
  return map([
    [Buffer.of(0x01), Buffer.of(0x02)],
    [Buffer.of(0x03), Buffer.of(0x26)],
    [Buffer.of(0x20), Buffer.of(0x01)],
    [Buffer.of(0x21), part(x)],
    [Buffer.of(0x22), part(y)],
  ]);
}

function length16(of: Buffer): Buffer {
  return Buffer.of(of.length >> 8, of.length & 255);
}

// As much of CBOR (RFC 8949) as a passkey needs: short texts, byte strings, small maps.
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);
}

function bytes(value: Buffer): Buffer {
  const head = value.length < 256 ? [0x58, value.length] : [0x59, ...length16(value)];
  return Buffer.concat([Buffer.from(head), value]);
}

function map(pairs: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([Buffer.of(0xa0 + pairs.length), ...pairs.flat()]);
}
