import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  API_VERSION,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  Farebox,
  NotFoundError,
} from '../../sdk/src/index.ts';
import type { TestPlatform } from '../manage-api.ts';
import { openServedManage, type ServedManage } from '../served-manage.ts';

// The SDK against an instance that really serves.

let api: ServedManage;
let shop: TestPlatform;
let farebox: Farebox;
beforeAll(async () => {
  api = await openServedManage();
  shop = await api.openPlatform();
  const { body } = await shop.owner.post('/tokens', { name: 'sdk', role: 'owner' });
  farebox = new Farebox({ baseUrl: `${api.url}/`, token: body.token });
});
afterAll(() => api.close());

describe('a client with an access token', () => {
  test('makes, reads, changes and lists accounts', async () => {
    const made = await farebox.accounts.create({ mail: 'Ada@Example.com', name: 'Ada' });
    expect(made).toMatchObject({ object: 'account', mail: 'ada@example.com', status: 'active' });
    expect(await farebox.accounts.get(made.id)).toEqual(made);
    const changed = await farebox.accounts.update(made.id, { name: 'Countess' });
    expect(changed).toMatchObject({ id: made.id, name: 'Countess' });
    expect((await farebox.accounts.suspend(made.id)).status).toBe('suspended');
    const page = await farebox.accounts.list({ mail: 'ada@example.com' }).page();
    expect(page.data.map(({ id }) => id)).toEqual([made.id]);
  });

  test('ends what it made, by a DELETE', async () => {
    const token = await farebox.tokens.create({ name: 'short', role: 'viewer' });
    expect((await farebox.tokens.revoke(token.id)).status).toBe('revoked');
  });

  test('walks a list through all of its pages', async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      await farebox.accounts.create({ external_id: `walk-${number}` });
    }
    const all = await farebox.accounts.list().toArray();
    expect(all.length).toBeGreaterThan(5);
    const walked = [];
    for await (const { id } of farebox.accounts.list({ limit: 2 })) walked.push(id);
    expect(walked).toEqual(all.map(({ id }) => id));
    expect(await farebox.accounts.list({ limit: 2 }).toArray(3)).toEqual(all.slice(0, 3));
    const sizes = [];
    for await (const page of farebox.accounts.list({ limit: 3 }).pages()) {
      sizes.push(page.data.length);
    }
    expect(sizes.slice(0, -1).every((size) => size === 3)).toBe(true);
  });

  test('gets the response with the answer, with its request id and version', async () => {
    const { data, response, requestId } = await farebox.platforms.get(shop.slug).withResponse();
    expect(data.slug).toBe(shop.slug);
    expect(requestId).toMatch(/^req_/);
    expect(response.headers.get('farebox-version')).toBe(API_VERSION);
  });

  test('acts once for an Idempotency-Key of the caller', async () => {
    const options = { idempotencyKey: 'once' };
    const first = await farebox.accounts.create({ external_id: 'once' }, options);
    const again = await farebox.accounts.create({ external_id: 'once' }, options).withResponse();
    expect(again.data).toEqual(first);
    expect(again.response.headers.get('idempotent-replayed')).toBe('true');
  });
});

describe('a refusal', () => {
  test('of a field is a BadRequestError that names it', async () => {
    const refused = farebox.accounts.create({ mail: 'no address' });
    await expect(refused).rejects.toBeInstanceOf(BadRequestError);
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ path: 'mail', message: expect.any(String) }],
      requestId: expect.stringMatching(/^req_/),
      documentation: '/docs/errors/invalid_request',
    });
  });

  test('of what is not there is a NotFoundError', async () => {
    const refused = farebox.accounts.get('../../me');
    await expect(refused).rejects.toBeInstanceOf(NotFoundError);
    await expect(refused).rejects.toMatchObject({ code: 'account_not_found' });
  });

  test('of what is there already is a ConflictError, and is not sent again', async () => {
    await farebox.accounts.create({ external_id: 'twice' });
    const refused = farebox.accounts.create({ external_id: 'twice' });
    await expect(refused).rejects.toBeInstanceOf(ConflictError);
    await expect(refused).rejects.toMatchObject({ code: 'account_exists' });
  });

  test('of an unknown token is an AuthenticationError, also with the response', async () => {
    const stranger = new Farebox({ baseUrl: api.url, token: () => 'fbt_unknown' });
    await expect(stranger.me.get().withResponse()).rejects.toBeInstanceOf(AuthenticationError);
  });

  test('of another platform than the own one is a NotFoundError', async () => {
    const elsewhere = farebox.accounts.list({}, { platform: 'credits' }).page();
    await expect(elsewhere).rejects.toMatchObject({ code: 'platform_not_found' });
  });
});
