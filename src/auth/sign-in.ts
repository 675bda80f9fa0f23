import { type Clock, delay } from '../kernel/index.ts';
import type { BetterAuth, BetterAuthParts } from './better-auth.ts';
import type { ApiDescription } from './describe-sign-in.ts';

/** better-auth, loaded when it is needed, and whole as soon as it can be. */
export interface SignIn {
  /** Loads the code, which takes half a second. */
  prepare(): Promise<void>;
  handle(request: Request): Promise<Response>;
  /** What its routes take and answer. */
  describe(): Promise<ApiDescription>;
}

/** So long the first request waits for an OpenID provider to tell of itself. */
const FIRST_WAIT_MS = 5_000;
const AGAIN_MS = 30_000;

/**
 * better-auth asks an OpenID provider about itself once, when it is set up, and does without when
 * there is no answer. So it is set up without the provider first, which nobody has to wait for, and
 * beside that once more with it, again and again until the provider has answered.
 */
export function createSignIn(parts: BetterAuthParts & { readonly clock: Clock }): SignIn {
  const { clock, providers } = parts;
  let loaded: Promise<typeof import('./better-auth.ts')> | undefined;
  let current: BetterAuth | undefined;
  let isWhole = providers?.oidc === undefined;
  let triedMs: number | undefined;

  const load = () => {
    loaded ??= import('./better-auth.ts');
    return loaded;
  };

  async function complete(): Promise<void> {
    triedMs = clock.monotonicMs();
    const { createBetterAuth, OIDC_ID } = await load();
    const candidate = createBetterAuth(parts);
    if (!(await candidate.hasProvider(OIDC_ID))) return;
    current = candidate;
    isWhole = true;
  }

  // The address that it is made for is not known before the server listens.
  async function get(): Promise<BetterAuth> {
    const { createBetterAuth } = await load();
    if (current === undefined) {
      current = createBetterAuth({ ...parts, providers: { ...providers, oidc: undefined } });
      if (!isWhole) await Promise.race([complete(), delay(clock, FIRST_WAIT_MS)]);
    } else if (!isWhole && triedMs !== undefined && clock.monotonicMs() - triedMs >= AGAIN_MS) {
      complete().catch((error) => parts.log.warn({ err: error }, 'Sign-in could not be set up.'));
    }
    return current;
  }

  return {
    prepare: async () => void (await load()),
    handle: async (request) => (await get()).handle(request),
    describe: async () => (await get()).describe(),
  };
}
