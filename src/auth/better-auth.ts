import { queueAfterTransactionHook } from '@better-auth/core/context';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { bearer, genericOAuth, openAPI, twoFactor } from 'better-auth/plugins';
import type { Db } from '../db/index.ts';
import type { Log } from '../kernel/index.ts';
import { AUTH_PATH, CLIENT_ADDRESS_HEADER, resetUrl } from './auth-address.ts';
import { type ApiDescription, describeSignIn } from './describe-sign-in.ts';
import { createDialect } from './kysely-dialect.ts';
import { proveAddress } from './prove-address.ts';
import type { SessionMails } from './session-mails.ts';
import { SESSION_COOKIE } from './session-token.ts';
import { PASSWORD_LENGTH } from './users.ts';

/** Other places where people may sign in; each only when it has been set up. */
export interface SignInProviders {
  readonly github?: { readonly clientId: string; readonly clientSecret: string } | undefined;
  /** Any OpenID Connect provider that tells of itself at `<issuer>/.well-known/...`. */
  readonly oidc?: OidcProvider | undefined;
}

export interface OidcProvider {
  /** Its address, without a slash at its end. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What people read on its button. */
  readonly name: string;
}

/** What the OpenID provider is called in addresses. */
export const OIDC_ID = 'oidc';

const RESET_SECONDS = 3_600;
const VERIFICATION_SECONDS = 24 * 3_600;

export interface BetterAuthParts {
  readonly db: Db;
  readonly secret: string;
  readonly log: Log;
  readonly sessionSeconds: number;
  readonly mails: SessionMails;
  publicUrl(): string;
  readonly providers?: SignInProviders | undefined;
}

/** An ID token has done its work when somebody has signed in, and would lie there in the clear. */
const WITHOUT_ID_TOKEN = {
  create: {
    before: async (account: object) => ({ data: { ...account, idToken: null } }),
  },
  update: {
    before: async (account: object) => ({ data: { ...account, idToken: null } }),
  },
};

/** better-auth as one part of ours. */
export interface BetterAuth {
  handle(request: Request): Promise<Response>;
  /** Whether people may sign in with that provider: an OpenID one is asked about itself first. */
  hasProvider(id: string): Promise<boolean>;
  /** What its routes take and answer. */
  describe(): Promise<ApiDescription>;
}

/** What better-auth could do beside, and nobody needs here: routes that are not served. */
const UNSERVED = [
  '/ok',
  '/open-api/generate-schema',
  '/change-email',
  '/delete-user',
  '/delete-user/callback',
  '/get-access-token',
  '/refresh-token',
  '/account-info',
  '/update-session',
  '/two-factor/send-otp',
  '/two-factor/verify-otp',
];

/** Sets better-auth up over our database. */
export function createBetterAuth(parts: BetterAuthParts): BetterAuth {
  const { db, secret, log, providers = {} } = parts;
  const url = parts.publicUrl();
  const auth = betterAuth({
    appName: 'Farebox',
    baseURL: url,
    basePath: AUTH_PATH,
    // Given as a list as well, or the environment's BETTER_AUTH_SECRETS would take its place.
    secret,
    secrets: [{ version: 1, value: secret }],
    database: {
      dialect: createDialect(db),
      type: 'postgres',
      schemaName: 'auth',
      transaction: true,
    },
    trustedOrigins: originsOf(url),
    disabledPaths: UNSERVED,
    ...passwordOptions(parts, url),
    session: { expiresIn: parts.sessionSeconds, updateAge: 24 * 3_600 },
    account: { encryptOAuthTokens: true },
    databaseHooks: { account: WITHOUT_ID_TOKEN },
    verification: { storeIdentifier: 'hashed' },
    ...(providers.github && { socialProviders: { github: providers.github } }),
    plugins: pluginsOf(url, providers),
    rateLimit: {
      enabled: true,
      storage: 'database',
      // Asked by every page; it changes nothing and tells nothing to who has no session.
      customRules: { '/get-session': false },
    },
    advanced: {
      cookiePrefix: SESSION_COOKIE.slice(0, SESSION_COOKIE.indexOf('.')),
      useSecureCookies: url.startsWith('https:'),
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      database: { validateSchema: false },
    },
    telemetry: { enabled: false },
    logger: {
      level: 'info',
      log: (level, message, ...rest) => {
        // What it calls an error is mostly a caller's: a foreign origin, a wrong password.
        log[level === 'error' ? 'warn' : 'debug']({ rest }, `better-auth: ${message}`);
      },
    },
  });
  return {
    handle: auth.handler,
    hasProvider: async (wanted) =>
      (await auth.$context).socialProviders.some(({ id }) => id === wanted),
    describe: async () => describeSignIn(await auth.api.generateOpenAPISchema(), UNSERVED),
  };
}

/** Sign-in by password, and the mails around it. */
function passwordOptions({ db, log, mails }: BetterAuthParts, url: string) {
  // After the commit: a mail needs a connection of its own, and what it tells must be there.
  const afterwards = (send: () => Promise<void>) =>
    queueAfterTransactionHook(send, {
      onError: (error) => log.error({ err: error }, 'A mail could not be put into the outbox.'),
    });
  return {
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: PASSWORD_LENGTH.least,
      maxPasswordLength: PASSWORD_LENGTH.most,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      sendResetPassword: (data: { user: { email: string }; url: string; token: string }) => {
        // Without an address of the caller's own, our own page takes the new password.
        const hasPage = new URL(data.url).searchParams.get('callbackURL') !== '';
        const link = hasPage ? data.url : resetUrl(url, data.token);
        return afterwards(() => mails.reset(data.user.email, link));
      },
      onPasswordReset: ({ user }: { user: { id: string } }) => proveAddress(db, user.id),
      onExistingUserSignUp: ({ user }: { user: { email: string } }) =>
        afterwards(() => mails.knownAddress(user.email)),
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: true,
      expiresIn: VERIFICATION_SECONDS,
      sendVerificationEmail: (data: { user: { email: string }; url: string }) =>
        afterwards(() => mails.verification(data.user.email, data.url)),
    },
  };
}

function pluginsOf(url: string, { oidc }: SignInProviders) {
  const { hostname, origin } = new URL(url);
  return [
    bearer({ requireSignature: true }),
    openAPI({ disableDefaultReference: true }),
    twoFactor({ issuer: 'Farebox' }),
    passkey({ rpID: hostname, rpName: 'Farebox', origin }),
    ...(oidc === undefined ? [] : [genericOAuth({ config: [oidcConfig(oidc)] })]),
  ];
}

function oidcConfig({ issuer, clientId, clientSecret, name }: OidcProvider) {
  return {
    providerId: OIDC_ID,
    name,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    clientId,
    clientSecret,
    scopes: ['openid', 'email', 'profile'],
    pkce: true,
  };
}

/** The public address alone; on the machine itself, by whatever name it has there. */
function originsOf(url: string): string[] {
  const { origin, protocol, port, hostname } = new URL(url);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return [origin];
  const suffix = port === '' ? '' : `:${port}`;
  return ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${protocol}//${name}${suffix}`);
}
