import { createIssuer, createIssuers, type Issuers, type NewIssuer } from '../src/auth/index.ts';
import type { Db } from '../src/db/index.ts';
import { createOutbound, type Outbound } from '../src/http/index.ts';
import { type Clock, systemClock } from '../src/kernel/index.ts';
import { testIds } from './books.ts';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
import { openPlatform } from './platforms.ts';

/** A platform, an identity provider, and what verifies its tokens, on a clock that can be moved. */
export interface IssuerBench {
  readonly db: Db;
  readonly provider: IdentityProvider;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly issuers: Issuers;
  readonly platformId: bigint;
  /** Registers the provider for the platform, with these changes. */
  register(changes?: Partial<NewIssuer>): Promise<unknown>;
  /** Sets the clock that long after its beginning. */
  setLater(ms: number): void;
  nowSeconds(): number;
  /** What a good token says, with these changes. */
  claims(changes?: object): object;
  close(): Promise<void>;
}

/** `db` may be used by one bench after another: each has a platform and a provider of its own. */
export async function openIssuerBench(db: Db): Promise<IssuerBench> {
  let laterMs = 0;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + laterMs,
    monotonicMs: () => systemClock.monotonicMs() + laterMs,
  };
  const provider = await startIdentityProvider();
  const outbound = createOutbound({ allowedHosts: [provider.host] });
  const platformId = await openPlatform(db);
  const nowSeconds = () => Math.floor(clock.nowMs() / 1_000);
  return {
    ...{ db, provider, outbound, clock, platformId, nowSeconds },
    issuers: createIssuers({ db, clock, outbound }),
    register: (changes = {}) =>
      createIssuer(db, { ids: testIds, outbound }, issuerOf(provider, platformId, changes)),
    setLater: (ms) => {
      laterMs = ms;
    },
    claims: (changes = {}) => ({
      ...{ sub: 'user_1', aud: 'farebox', exp: nowSeconds() + 300 },
      ...changes,
    }),
    close: async () => {
      await outbound.close();
      await provider.close();
    },
  };
}

/** What a provider is registered as for a platform. */
export function issuerOf(
  { url, jwksUrl }: Pick<IdentityProvider, 'url' | 'jwksUrl'>,
  platformId: bigint,
  changes: Partial<NewIssuer> = {},
): NewIssuer {
  return {
    platformId,
    issuer: url,
    jwksUrl,
    audience: 'farebox',
    algorithms: ['RS256'],
    userClaim: 'sub',
    platformClaim: null,
    planClaim: null,
    ...changes,
  };
}
