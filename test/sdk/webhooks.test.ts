import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyWebhook, type WebhookDelivery, WebhookError } from '../../sdk/src/index.ts';

const nowMs = Date.UTC(2026, 10, 20);
const secretOf = (text: string) => `whsec_${Buffer.from(text).toString('base64')}`;
const secret = secretOf('a secret of some length');
const body = JSON.stringify({ type: 'wallet.low', data: { balance: '1.5', name: 'Zoë' } });

/** Signs as the standard has it, with another library than the SDK's. */
function sign(text: string, key: string, seconds = nowMs / 1_000, id = 'msg_1') {
  const bytes = Buffer.from(key.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${seconds}.${text}`).digest('base64')}`;
}

const delivery = (changes: Partial<WebhookDelivery> = {}): WebhookDelivery => ({
  body,
  secret,
  nowMs,
  headers: {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(nowMs / 1_000),
    'webhook-signature': sign(body, secret),
  },
  ...changes,
});

const codeOf = (changes: Partial<WebhookDelivery>) =>
  verifyWebhook(delivery(changes)).then(
    () => 'verified',
    (error) => (error instanceof WebhookError ? error.code : String(error)),
  );

const headersWith = (changes: Record<string, string>) => ({ ...delivery().headers, ...changes });

describe('a delivery', () => {
  test('is its event when it is signed, as a text and as bytes', async () => {
    expect(await verifyWebhook(delivery())).toEqual(JSON.parse(body));
    expect(await verifyWebhook(delivery({ body: new TextEncoder().encode(body) }))).toEqual(
      JSON.parse(body),
    );
  });

  test('is known whatever its headers come in', async () => {
    const pairs = Object.entries(delivery().headers as Record<string, string>);
    expect(await codeOf({ headers: new Headers(pairs) })).toBe('verified');
    const upper = pairs.map(([name, value]) => [name.toUpperCase(), [value]]);
    expect(await codeOf({ headers: Object.fromEntries(upper) })).toBe('verified');
  });

  test('is known by one of several signatures and one of several secrets', async () => {
    const next = secretOf('the secret that comes next');
    const both = `v2,AAAA ${sign(body, next)} ${sign(body, secret)} v1,%%%`;
    expect(await codeOf({ headers: headersWith({ 'webhook-signature': both }) })).toBe('verified');
    expect(await codeOf({ secret: [next, secret] })).toBe('verified');
  });

  test.each([
    ['another body', { body: body.replace('1.5', '9.5') }, 'no_match'],
    ['another secret', { secret: secretOf('of somebody else') }, 'no_match'],
    ['no secret', { secret: [] }, 'no_match'],
    ['a secret that is none', { secret: 'whsec_%%%' }, 'invalid_secret'],
    ['an empty secret', { secret: 'whsec_' }, 'invalid_secret'],
    ['another id', { headers: headersWith({ 'webhook-id': 'msg_2' }) }, 'no_match'],
    ['no signature', { headers: headersWith({ 'webhook-signature': '' }) }, 'missing_header'],
    ['a wrong version', { headers: headersWith({ 'webhook-signature': 'v0,AAAA' }) }, 'no_match'],
    ['an old time', { nowMs: nowMs + 301_000 }, 'stale'],
    ['a time to come', { nowMs: nowMs - 301_000 }, 'stale'],
    ['no time', { headers: headersWith({ 'webhook-timestamp': 'now' }) }, 'stale'],
  ] as const)('with %s is refused', async (_what, changes, code) => {
    expect(await codeOf(changes)).toBe(code);
  });

  test('may be older where the caller says so', async () => {
    expect(await codeOf({ nowMs: nowMs + 301_000, toleranceSeconds: 600 })).toBe('verified');
  });

  test('that is signed and no JSON is refused', async () => {
    const headers = headersWith({ 'webhook-signature': sign('{', secret) });
    expect(await codeOf({ body: '{', headers })).toBe('invalid_payload');
  });
});
