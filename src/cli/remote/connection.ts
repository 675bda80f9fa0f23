import type { Command } from 'commander';
import { Fault } from '../../kernel/index.ts';
import type { CliHost } from '../host.ts';
import { readProfile } from './profile.ts';

/** The instance that a command is for, and as whom it asks. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** The platform that is meant, when it is said. */
  readonly platform: string | undefined;
}

/** Flags in front of the command, before the environment, before the saved login. */
export async function findConnection(host: CliHost, root: Command): Promise<Connection> {
  const { url, token } = root.opts<{ url?: string; token?: string }>();
  const given = {
    url: url ?? (host.readVariable('FAREBOX_URL') || undefined),
    token: token ?? (host.readVariable('FAREBOX_TOKEN') || undefined),
    platform: host.readVariable('FAREBOX_PLATFORM') || undefined,
  };
  const saved = await readProfile(host.configFolder);
  // A saved token is for the instance that it was saved with, and for no other.
  const isSaved = given.url === undefined || readUrl(given.url) === saved?.url;
  const found = {
    url: given.url ?? saved?.url,
    token: given.token ?? (isSaved ? saved?.token : undefined),
  };
  if (found.url === undefined || found.token === undefined) throw notLoggedIn(found.url);
  return {
    url: readUrl(found.url),
    token: found.token,
    platform: given.platform ?? (isSaved ? saved?.platform : undefined),
  };
}

/** An address without a slash at its end. Fault: `usage` (400). */
export function readUrl(text: string): string {
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isAddress) return text.replace(/\/+$/, '');
  throw new Fault({
    code: 'usage',
    status: 400,
    param: 'url',
    message: `'${text}' is no address. Give one such as https://api.example.com.`,
  });
}

function notLoggedIn(url: string | undefined): Fault {
  return new Fault({
    code: 'not_logged_in',
    status: 401,
    message:
      url === undefined
        ? "Say which instance: --url, or 'farebox login --url URL --token TOKEN' once."
        : `There is no token for ${url}. Give --token or FAREBOX_TOKEN, or log in there once.`,
  });
}
