import { expect, vi } from 'vitest';
import { verifyIdempotency } from '../../src/gateway/index.ts';
import { formatCallId } from '../../src/kernel/index.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { type EmbeddedInstance, TARGETS } from './embedded-instance.ts';

const CLIENTS = 8;
/** A key that was claimed by a process that died then is free after half a minute. */
const PATIENCE_MS = 120_000;

/** What a client has in the end, and how often it had to ask. */
interface Answered {
  readonly requestId: string | null;
  readonly attempts: number;
}

/** On a busy machine many of them arrive in one piece. */
const countEvents = (text: string) => text.split('data: ').length - 1;

/** Streams a call under a key, again and again until its end has come. */
async function answer(
  instance: EmbeddedInstance,
  key: string,
  tokens: number,
  onEvents: (count: number) => void,
): Promise<Answered> {
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    const response = await fetch(`${instance.server.greeting.url}/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${instance.key}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({
        model: 'demo-small',
        stream: true,
        messages: [{ role: 'user', content: 'Tell me something' }],
        demo: { completion_tokens: tokens, chunk_delay_ms: 10 },
      }),
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      const before = countEvents(text);
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      onEvents(countEvents(text) - before);
    }
    if (!text.includes('data: [DONE]')) throw new Error(`${response.status} ${text}`);
    return { requestId: response.headers.get('x-request-id'), attempts };
  };
  return vi.waitFor(attempt, { timeout: PATIENCE_MS, interval: 100 });
}

/**
 * In each round some clients stream, something is killed at another point of their streams, and
 * they repeat with their keys until all are answered: each of them by the one call that was charged
 * under its key. Returns how many repeats there were.
 */
export async function repeatThroughKills(
  instance: EmbeddedInstance,
  rounds: number,
): Promise<number> {
  const answered: Answered[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const target = TARGETS[round % TARGETS.length] ?? 'server';
    const killAfter = 5 + Math.floor(((round + 0.5) / rounds) * CLIENTS * 25);
    let events = 0;
    let killed: Promise<void> | undefined;
    const kill = async () => {
      await instance.kill(target);
      if (target !== 'database') await instance.restart();
    };
    const onEvents = (count: number) => {
      events += count;
      if (events > killAfter) killed ??= kill();
    };
    // They end one after the other, so that a kill meets some of them in each of their steps.
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      answer(instance, `round-${round}-${index}`, 12 + index * 4, onEvents),
    );
    answered.push(...(await Promise.all(clients)));
    expect(killed, 'the streams were long enough for the kill').toBeDefined();
    await killed;
    await instance.withDatabase(async (db) => {
      const settled = await db.query<{ id: string }>(
        `select id from call where outcome = 'settled' order by id`,
      );
      const told = answered.map(({ requestId }) => requestId).sort();
      expect(told, `after round ${round}, ${target} killed`).toEqual(
        settled.map(({ id }) => formatCallId(id)).sort(),
      );
      expect(await verifyLedger(db)).toEqual([]);
      expect(await verifyIdempotency(db)).toEqual([]);
    });
  }
  return answered.reduce((sum, { attempts }) => sum + attempts - 1, 0);
}
