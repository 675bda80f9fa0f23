import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyLedger } from '../../src/ledger/index.ts';
import {
  type EmbeddedInstance,
  startEmbeddedInstance,
  TARGETS,
} from '../process/embedded-instance.ts';

const ROUNDS = 20;
const STREAMS = 8;

let instance: EmbeddedInstance;
beforeAll(async () => {
  instance = await startEmbeddedInstance();
});
afterAll(() => instance?.remove());

interface Streamed {
  readonly requestId: string | null;
  readonly isComplete: boolean;
}

/** Streams one call and tells whether its end arrived. `onChunk` is called while it runs. */
async function stream(onChunk: () => void): Promise<Streamed> {
  const response = await fetch(`${instance.server.greeting.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${instance.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo-small',
      stream: true,
      messages: [{ role: 'user', content: 'Tell me something' }],
      demo: { completion_tokens: 40, chunk_delay_ms: 10 },
    }),
  }).catch(() => undefined);
  if (response === undefined) return { requestId: null, isComplete: false };
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      onChunk();
    }
  } catch {
    // The connection was cut with the server: what there is of the text tells.
  }
  return {
    requestId: response.headers.get('x-request-id'),
    isComplete: text.includes('data: [DONE]'),
  };
}

it(`loses no money when it is killed ${ROUNDS} times in mid-stream`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = TARGETS[round % TARGETS.length] ?? 'server';
    let chunks = 0;
    let killed: Promise<void> | undefined;
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, () =>
        stream(() => {
          chunks += 1;
          // At another point of the streams' life in each round.
          if (chunks > 5 + round * 6) killed ??= instance.kill(target);
        }),
      ),
    );
    await killed;
    expect(killed, 'the streams were long enough to be killed').toBeDefined();
    if (target !== 'database') {
      expect(await instance.server.exited).toBe('SIGKILL');
      await instance.restart();
    } else {
      // The server lived on: it brought its database back and settled what it had delivered.
      expect(streams.filter((one) => one.isComplete)).toHaveLength(STREAMS);
    }
    await checkBooks(streams, `round ${round}, ${target} killed`);
  }
  // Had nothing been under way at the kills, nothing was shown.
  const expired = await instance.withDatabase((db) =>
    db.query(`select from call where outcome = 'expired'`),
  );
  expect(expired.length).toBeGreaterThan(ROUNDS);
});

async function checkBooks(streams: readonly Streamed[], label: string): Promise<void> {
  await instance.withDatabase(async (db) => {
    const [open] = await db.query<{ n: bigint }>(
      `select count(*) as n from hold h left join call c on c.id = h.id and c.leg = h.leg
       where c.id is null`,
    );
    expect(open?.n, `open holds, ${label}`).toBe(0n);
    expect(await verifyLedger(db), label).toEqual([]);
    const lost = await db.query(`select from call where outcome <> 'settled' and charge > 0`);
    expect(lost, `charged for what was lost, ${label}`).toEqual([]);
    const [settled] = await db.query<{ n: bigint }>(
      `select count(*) as n from call where outcome = 'settled'`,
    );
    const complete = streams.filter((one) => one.isComplete).length;
    expect(Number(settled?.n), `settled calls, ${label}`).toBeGreaterThanOrEqual(complete);
  });
}
