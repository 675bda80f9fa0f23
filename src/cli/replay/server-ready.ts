import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { type Clock, Fault } from '../../kernel/index.ts';
import { REPLAY_MODELS } from './price-list.ts';

const WAIT_MS = 20_000;
const ASK_EVERY_MS = 200;

/**
 * Waits until the server sells the models that were just set up: it reads its catalogue every few
 * seconds. Throws the Faults `server_unreachable` and `server_elsewhere`, which is what a server on
 * another database looks like.
 */
export async function serverReady(
  server: Dispatcher,
  options: { readonly basePath: string; readonly key: string; readonly clock: Clock },
): Promise<void> {
  const giveUpAtMs = options.clock.monotonicMs() + WAIT_MS;
  for (;;) {
    const missing = await missingModels(server, options.basePath, options.key);
    if (missing.length === 0) return;
    if (options.clock.monotonicMs() > giveUpAtMs) {
      throw elsewhere(`it does not list the model ${missing[0]}`);
    }
    await pause(ASK_EVERY_MS);
  }
}

async function missingModels(
  server: Dispatcher,
  basePath: string,
  key: string,
): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${key}` };
  const path = `${basePath}/models`;
  const answer = await server.request({ method: 'GET', path, headers }).catch((cause: Error) => {
    throw new Fault({
      code: 'server_unreachable',
      status: 503,
      param: 'url',
      message: `No server answers there (${cause.message}). Start one with 'farebox start'.`,
      cause,
    });
  });
  const body = await answer.body.text();
  if (answer.statusCode !== 200) throw elsewhere(`it answers ${answer.statusCode} to a new key`);
  const listed = new Set((JSON.parse(body) as { data: { id: string }[] }).data.map(({ id }) => id));
  return REPLAY_MODELS.map(({ slug }) => slug).filter((slug) => !listed.has(slug));
}

function elsewhere(what: string): Fault {
  return new Fault({
    code: 'server_elsewhere',
    status: 409,
    param: 'url',
    message:
      `The server does not know what was set up for it: ${what}. Does it run on the database ` +
      'that --data or --database-url names?',
  });
}
