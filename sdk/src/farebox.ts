import { isBrowser, readVariable } from './environment.ts';
import { FareboxError } from './errors.ts';
import { API_VERSION, Nouns } from './generated/nouns.ts';
import { createTransport } from './transport.ts';

export interface FareboxOptions {
  /** Where the instance is reached; the variable FAREBOX_URL unless given. */
  readonly baseUrl?: string | undefined;
  /** An access token or a session's; the variable FAREBOX_TOKEN unless given. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** The platform that is meant, by who belongs to several: slug or id. */
  readonly platform?: string | undefined;
  /** The account that is meant, by who is a customer with several. */
  readonly account?: string | undefined;
  /** Sends a request; the surroundings' own `fetch` unless given. */
  readonly fetch?: typeof fetch | undefined;
  /** How long one try may take: 60 seconds unless given. */
  readonly timeoutMs?: number | undefined;
  /** How often a request that may pass is sent again: twice unless given. */
  readonly maxRetries?: number | undefined;
  /** A page shows its token to everybody who looks. A signed-in browser needs none. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
}

const TIMEOUT_MS = 60_000;
const MAX_RETRIES = 2;

/** A client of the management API: `farebox.accounts.list()`, and so for every noun and verb. */
export class Farebox extends Nouns {
  readonly baseUrl: string;

  /** Throws a FareboxError when the address or the token is missing. */
  constructor(options: FareboxOptions = {}) {
    const baseUrl = readBaseUrl(options.baseUrl ?? readVariable('FAREBOX_URL'));
    const token = options.token ?? readVariable('FAREBOX_TOKEN');
    refuseShownToken(token, options.dangerouslyAllowBrowser);
    const { platform, account, timeoutMs = TIMEOUT_MS, maxRetries = MAX_RETRIES } = options;
    const send = createTransport({
      baseUrl,
      version: API_VERSION,
      // Called as a plain function: a browser's own refuses to be anybody's method.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      token: typeof token === 'string' ? () => token : token,
      platform,
      account,
      timeoutMs,
      maxRetries,
    });
    super(send);
    this.baseUrl = baseUrl;
  }
}

function readBaseUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new FareboxError('Say where the instance is: { baseUrl }, or the variable FAREBOX_URL.');
  }
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isAddress) throw new FareboxError(`'${text}' is no address such as https://api.example.com`);
  return text.replace(/\/+$/, '');
}

function refuseShownToken(token: FareboxOptions['token'], isAllowed: boolean | undefined): void {
  if (token === undefined && !isBrowser()) {
    throw new FareboxError('Give an access token: { token }, or the variable FAREBOX_TOKEN.');
  }
  if (token !== undefined && isBrowser() && isAllowed !== true) {
    throw new FareboxError(
      'Everybody who opens a page can read its token. Leave it out and use the session, or set ' +
        'dangerouslyAllowBrowser.',
    );
  }
}
