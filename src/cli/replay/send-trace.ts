import { Pool } from 'undici';
import type { Instance } from '../host.ts';
import { driveCalls } from './drive.ts';
import type { PlannedCall, Spread } from './plan-call.ts';
import { keyOf, openReplayPlatform } from './platform.ts';
import type { Progress } from './progress.ts';
import type { RunRecord } from './record.ts';
import type { Received } from './send-call.ts';
import { serverReady } from './server-ready.ts';

/** Where and how calls are sent. */
export interface Sending extends Spread {
  readonly url: URL;
  readonly concurrency: number;
  readonly speed: number | 'max';
}

/** What was sent and received, and how long it took. */
export interface Run extends RunRecord {
  readonly seconds: number;
}

/** Sets a platform up and sends the calls to it, over connections that are kept. */
export async function sendTrace(
  instance: Instance,
  calls: readonly PlannedCall[],
  sending: Sending,
  startProgress: () => Progress,
): Promise<Run> {
  const { clock } = instance;
  const { url, concurrency, speed, accounts, keysPerAccount } = sending;
  const { slug, keys } = await openReplayPlatform(instance, sending);
  const keyFor = ({ account, key }: PlannedCall) => keys.get(keyOf(account, key)) ?? '';
  const basePath = basePathOf(url);
  const server = new Pool(url.origin, { connections: concurrency, pipelining: 1 });
  try {
    const [key = ''] = keys.values();
    await serverReady(server, { basePath, key, clock });
    const progress = startProgress();
    const received: Received[] = [];
    const startedMs = clock.monotonicMs();
    await driveCalls(calls, {
      server,
      path: `${basePath}/chat/completions`,
      clock,
      concurrency,
      speed,
      keyFor,
      onReceived: (one) => {
        received.push(one);
        progress.received(one);
      },
    });
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    progress.end();
    return { platform: slug, requests: calls.length, accounts, keysPerAccount, received, seconds };
  } finally {
    await server.close();
  }
}

/** A base URL as OpenAI's clients take it ends in /v1; the server's own address does not. */
function basePathOf(url: URL): string {
  const path = url.pathname.replace(/\/+$/, '');
  return path.endsWith('/v1') ? path : `${path}/v1`;
}
