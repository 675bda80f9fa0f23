import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeSigningKey, makeToken } from './identity-provider.ts';

/** Whoever sits at the browser when the provider asks who they are. */
export interface ProviderUser {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

/** An OpenID Connect provider on loopback where the one user is always signed in. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who signs in next. */
  setUser(user: ProviderUser): void;
  /** Signs ID tokens with a key that it does not publish. */
  forge(): void;
  close(): Promise<void>;
}

interface Asked {
  readonly challenge: string | null;
  readonly nonce: string | null;
}

/** Also says whether it answers at all: `port` brings one up where there was none. */
export async function startOpenIdProvider(port = 0): Promise<OpenIdProvider> {
  const [clientId, clientSecret] = ['farebox', 'a secret of the client'];
  const key = makeSigningKey();
  let signingKey = key;
  let user: ProviderUser | undefined;
  const codes = new Map<string, Asked>();
  let issuer = '';

  const answer = async (request: IncomingMessage): Promise<[number, object, string?]> => {
    const url = new URL(request.url ?? '/', issuer);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return [200, discovery(issuer)];
      case '/jwks':
        return [200, { keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: key.kid }] }];
      case '/authorize': {
        const code = `code-${codes.size}`;
        const { searchParams: given } = url;
        codes.set(code, { challenge: given.get('code_challenge'), nonce: given.get('nonce') });
        const back = new URL(given.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', given.get('state') ?? '');
        return [302, {}, back.href];
      }
      case '/token': {
        const form = new URLSearchParams(await textOf(request));
        const asked = codes.get(form.get('code') ?? '');
        const verifier = createHash('sha256').update(form.get('code_verifier') ?? '');
        if (asked?.challenge !== verifier.digest('base64url')) return [400, { error: 'bad' }];
        const seconds = Math.floor(Date.now() / 1_000);
        const times = { iat: seconds, exp: seconds + 300 };
        const claims = { iss: issuer, aud: clientId, nonce: asked.nonce, ...times, ...user };
        const idToken = makeToken(claims, signingKey, {});
        return [200, { access_token: 'at', token_type: 'Bearer', id_token: idToken }];
      }
      case '/userinfo':
        return [200, user ?? {}];
      default:
        return [404, {}];
    }
  };
  const server = createServer(async (request, response) => {
    const [status, body, location] = await answer(request);
    response
      .writeHead(status, { 'content-type': 'application/json', ...(location && { location }) })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    clientId,
    clientSecret,
    setUser: (next) => {
      user = next;
    },
    forge: () => {
      signingKey = { ...makeSigningKey(), kid: key.kid };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function discovery(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
