import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/kernel/index.ts';
import { createAccessToken } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { eventually, platformOf, untilSold } from './market.ts';

let serving: Serving;
let customer: TestCustomer;
let platformId: bigint;
let tokens: { readonly admin: string; readonly support: string };
beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await untilSold(serving, 'demo');
  platformId = await platformOf(serving);
  const made = { ids: testIds, random: systemRandom };
  const token = async (role: 'admin' | 'support') =>
    (
      await createAccessToken(serving.db, made, {
        ...{ platformId, role, name: role, expiresAt: null },
      })
    ).text;
  tokens = { admin: await token('admin'), support: await token('support') };
});
beforeEach(async () => {
  customer = await serving.openCustomer(1_000_000_000n);
});
afterAll(() => serving?.close());

const keep = (bodies: 'off' | 'errors' | 'all', redact: readonly string[] = []) =>
  serving.db.query('update platform set log_bodies = $2, log_redact = $3 where id = $1', [
    platformId,
    bodies,
    redact,
  ]);

function ask(more: object = {}): Promise<RawAnswer> {
  const messages = [{ role: 'user', content: 'Hello' }];
  return rawCall(serving.url, { key: customer.key, body: { model: 'demo', messages, ...more } });
}

async function read(answer: RawAnswer, token = tokens.admin) {
  const id = String(answer.headers['x-request-id']);
  const url = new URL(`/manage/v1/calls/${id}/bodies`, serving.url);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const kept = (answer: RawAnswer) =>
  eventually(async () => {
    const { status, body } = await read(answer);
    expect(status).toBe(200);
    return body;
  });

const countKept = async () => {
  const [row] = await serving.db.query<{ n: bigint }>('select count(*) as n from call_body');
  return row?.n;
};

describe('requests and answers', () => {
  test('are not kept where the platform keeps none, or only those of errors', async () => {
    await keep('off');
    await ask();
    await keep('errors');
    customer = await serving.openCustomer(1_000_000_000n);
    const good = await ask();
    expect(good.status).toBe(200);
    const bad = await ask({ model: 'none' });
    expect(bad.status).toBe(404);
    expect(await kept(bad)).toMatchObject({
      http_status: 404,
      request: { text: expect.stringContaining('"none"'), cut: false },
      answer: {
        text: expect.stringContaining('model_not_found'),
        content_type: 'application/json',
      },
    });
    expect((await read(good)).body.code).toBe('call_bodies_not_found');
    expect(await countKept()).toBe(1n);
  });

  test('are kept as they were sent, streamed or whole, and blacked out', async () => {
    await keep('all', ['Email']);
    customer = await serving.openCustomer(1_000_000_000n);
    const secret = { user_data: [{ EMAIL: 'ann@example.com', x: [{ 'api-key': 'k1' }] }] };
    const content = `my key is ${customer.key}, do not tell`;
    const messages = [{ role: 'user', content }];
    const whole = await kept(await ask({ ...secret, messages }));
    expect(JSON.parse(whole.request.text)).toMatchObject({
      model: 'demo',
      user_data: [{ EMAIL: '[redacted]', x: [{ 'api-key': '[redacted]' }] }],
      messages: [{ content: 'my key is [redacted], do not tell' }],
    });
    expect(JSON.parse(whole.answer.text).choices).toHaveLength(1);
    expect(JSON.stringify(whole)).not.toContain(customer.key);
    const answer = await ask({ stream: true });
    const streamed = await kept(answer);
    expect(streamed.answer.content_type).toBe('text/event-stream');
    expect(streamed.answer.text).toMatch(/^data: \{.*data: \[DONE\]\n\n$/s);
    expect(streamed.answer.bytes).toBe(answer.body.length);
  });

  test('are cut at 64 kB, and left out where they are too large to be read', async () => {
    const long = (size: number) => [{ role: 'user', content: 'word '.repeat(size) }];
    const cut = await kept(await ask({ messages: long(20_000) }));
    expect(cut.request).toMatchObject({ cut: true });
    expect(Buffer.byteLength(cut.request.text)).toBe(65_536);
    const gone = await kept(await ask({ messages: long(300_000) }));
    expect(gone.request).toMatchObject({ text: null, cut: true });
  });

  test('are encrypted and for admins alone, and who reads them is on record', async () => {
    const answer = await ask();
    await kept(answer);
    const rows = await serving.db.query<{ request: Buffer | null }>(
      'select request from call_body',
    );
    for (const { request } of rows) expect(request?.includes('model') ?? false).toBe(false);
    expect((await read(answer, tokens.support)).status).toBe(403);
    const [act] = await serving.db.query<{ action: string }>(
      `select action from audit_entry where subject = $1`,
      [answer.headers['x-request-id']],
    );
    expect(act?.action).toBe('call.read_bodies');
  });

  test('hold nobody up while the database takes none, and are written after that', async () => {
    const before = Number(await countKept());
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const locked = serving.db.transaction(async (tx) => {
      await tx.query('lock table call_body in access exclusive mode');
      await released;
    });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask()));
    for (const answer of answers) expect(answer.status).toBe(200);
    release();
    await locked;
    await eventually(async () => expect(Number(await countKept())).toBe(before + 40));
  });

  test('are not shown any more when their time is over', async () => {
    const answer = await ask();
    await kept(answer);
    await serving.db.query(`update call_body set kept_until = now() - interval '1 second'`);
    expect((await read(answer)).status).toBe(404);
  });
});
