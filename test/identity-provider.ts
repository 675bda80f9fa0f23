import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key that an identity provider signs with. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface TokenOptions {
  readonly key?: SigningKey;
  /** Replaces parts of the header: another `alg`, no `kid`. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs with HMAC over this text instead, as who takes the public key for a secret does. */
  readonly hmacSecret?: string;
}

/** An identity provider on loopback that signs whatever it is told to. */
export interface IdentityProvider {
  readonly url: string;
  /** `host:port`. */
  readonly host: string;
  readonly jwksUrl: string;
  /** What it publishes; the first one signs. */
  readonly keys: SigningKey[];
  /** How often its keys were asked for. */
  readonly asked: number;
  /** Answers with this instead of its keys, until it is told otherwise. */
  breakWith(status: number | undefined): void;
  token(claims: object, options?: TokenOptions): string;
  close(): Promise<void>;
}

let made = 0;

export function makeSigningKey(alg: SigningKey['alg'] = 'RS256'): SigningKey {
  made += 1;
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: `key-${made}`, alg, ...pair };
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const keys = [makeSigningKey()];
  let asked = 0;
  let broken: number | undefined;
  const server = createServer((_request, response) => {
    asked += 1;
    const set = keys.map(({ kid, alg, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      ...{ kid, alg, use: 'sig' },
    }));
    response
      .writeHead(broken ?? 200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: set }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `http://${host}/`,
    jwksUrl: `http://${host}/jwks`,
    keys,
    get asked() {
      return asked;
    },
    breakWith: (status) => {
      broken = status;
    },
    token: (claims, options = {}) => {
      const key = options.key ?? keys[0];
      if (key === undefined) throw new Error('it has no key');
      return makeToken({ iss: `http://${host}/`, ...claims }, key, options);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

export function makeToken(
  claims: object,
  key: SigningKey,
  { header, hmacSecret }: TokenOptions,
): string {
  const head: Record<string, unknown> = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(head)}.${encode(claims)}`;
  if (head.alg === 'none') return `${signed}.`;
  const signature =
    hmacSecret === undefined
      ? sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
      : createHmac('sha256', hmacSecret).update(signed).digest();
  return `${signed}.${signature.toString('base64url')}`;
}
