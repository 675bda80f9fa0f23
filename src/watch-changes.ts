import type { Authenticator } from './auth/index.ts';
import type { Catalog } from './catalog/index.ts';
import { type Db, listen } from './db/index.ts';
import type { Log } from './kernel/index.ts';
import type { Origins } from './tenants/index.ts';

export interface ChangeWatch {
  /** Whether changes are told; else they are only looked for, every half second. */
  readonly isListening: boolean;
  close(): Promise<void>;
}

/** What the triggers of the migrations notify. */
const CHANNEL = 'farebox_change';
const TICK_MS = 400;
/** How old the catalogue may be while changes are told: a net below the net. */
const TOLD_AGE_MS = 60_000;
/** More than so many keys and accounts in one go are forgotten at one stroke, with all others. */
const MOST_AT_ONCE = 100;

/**
 * Keeps what this process remembers up with the database: what other processes change is forgotten
 * or read anew as soon as they commit it, and all of it whenever listening begins again. While the
 * listener is down, or its line is silent, nothing is believed for more than half a second, so that
 * a change is seen within one in any case.
 */
export function watchChanges(parts: {
  readonly db: Pick<Db, 'connection'>;
  readonly catalog: Pick<Catalog, 'refresh' | 'refreshIfHeld' | 'refreshIfOlderThan'>;
  readonly authenticator: Authenticator;
  readonly origins: Pick<Origins, 'refresh'>;
  readonly log: Log;
}): ChangeWatch {
  const { catalog, authenticator, origins, log } = parts;
  let isBehind = false;
  const follow = async (read: Promise<void>) => {
    try {
      await read;
      isBehind = false;
    } catch (error) {
      if (!isBehind) log.warn({ err: error }, 'Could not read the catalogue.');
      isBehind = true;
    }
  };
  const forgetEach = gather((messages: ReadonlySet<string>) => {
    if (messages.size > MOST_AT_ONCE) authenticator.forgetAll();
    else for (const message of messages) forgetBy(authenticator, message);
  });
  const listener = listen({
    ...{ db: parts.db, channel: CHANNEL, log },
    onMessage: (message) => {
      const [, platformId] = /^(?:catalog|platform) (\d+)$/.exec(message) ?? [];
      if (message === 'catalog') follow(catalog.refresh());
      else if (platformId !== undefined) follow(catalog.refreshIfHeld(BigInt(platformId)));
      if (message.startsWith('platform')) follow(origins.refresh());
      if (!message.startsWith('catalog')) forgetEach(message);
    },
    onReconnect: () => {
      authenticator.forgetAll();
      follow(catalog.refresh());
      follow(origins.refresh());
    },
    onTurn: (isListening) => {
      authenticator.setTold(isListening);
      if (!isListening) look();
    },
  });
  const look = () => {
    const isTold = listener.isListening && !isBehind;
    follow(catalog.refreshIfOlderThan(isTold ? TOLD_AGE_MS : TICK_MS / 2));
    if (!isTold) follow(origins.refresh());
  };
  const timer = setInterval(look, TICK_MS);
  timer.unref();
  return {
    get isListening() {
      return listener.isListening;
    },
    close: async () => {
      clearInterval(timer);
      await listener.close();
    },
  };
}

function forgetBy(authenticator: Authenticator, message: string): void {
  const [, kind, id] = /^(key|account|plan|platform) (\d+)$/.exec(message) ?? [];
  if (id === undefined) authenticator.forgetAll();
  else if (kind === 'key') authenticator.forget(BigInt(id));
  else if (kind === 'account') authenticator.forgetAccount(BigInt(id));
  else if (kind === 'plan') authenticator.forgetPlan(BigInt(id));
  else authenticator.forgetPlatform(BigInt(id));
}

/** Hands over together what comes together: a flood costs one walk through the memory. */
function gather(handle: (messages: ReadonlySet<string>) => void): (message: string) => void {
  let gathered = new Set<string>();
  return (message) => {
    gathered.add(message);
    if (gathered.size > 1) return;
    setImmediate(() => {
      const messages = gathered;
      gathered = new Set();
      handle(messages);
    });
  };
}
