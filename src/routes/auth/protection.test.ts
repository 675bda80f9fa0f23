import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPerson, newestMail, signUp } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';

const PASSWORD = 'correct horse battery';
let serving: Serving;
beforeAll(async () => {
  serving = await startServing({ trustedProxies: 1 });
});
afterAll(() => serving.close());

const credentials = { email: 'nobody@example.com', password: PASSWORD };

describe('a limit of attempts', () => {
  const attempt = (of: Serving, headers: Record<string, string>) =>
    createPerson(of).post('/auth/sign-in/email', credentials, headers);

  test('stops who guesses passwords, and says for how long', async () => {
    const eve = createPerson(serving);
    const answers = [];
    for (let no = 0; no < 4; no += 1) {
      answers.push(await eve.post('/auth/sign-in/email', credentials));
    }
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const last = answers.at(-1);
    expect(last?.json).toMatchObject({ code: 'too_many_attempts', status: 429 });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await createPerson(serving).post('/auth/sign-in/email', credentials);
    expect(other.status).toBe(401);
  });

  test('is counted in the database, so that every process knows it', async () => {
    const [row] = await serving.db.query<{ rows: number }>(
      `select count(*)::int as rows from auth."rateLimit" where key like '198.51.%/sign-in/email'`,
    );
    expect(row?.rows).toBeGreaterThan(0);
  });

  test('cannot be got around by headers that the caller writes', async () => {
    const direct = await startServing();
    try {
      const statuses = [];
      for (let no = 0; no < 4; no += 1) {
        const answer = await attempt(direct, {
          'x-forwarded-for': `203.0.113.${no}`,
          'x-real-ip': `203.0.113.${no}`,
          'cf-connecting-ip': `203.0.113.${no}`,
          'x-farebox-client-address': `203.0.113.${no}`,
        });
        statuses.push(answer.status);
      }
      expect(statuses).toEqual([401, 401, 401, 429]);
      const [row] = await direct.db.query<{ key: string }>('select key from auth."rateLimit"');
      expect(row?.key).toBe('127.0.0.1|/sign-in/email');
    } finally {
      await direct.close();
    }
  });
});

describe('cookies', () => {
  const cookieOf = async (of: Serving, origin = of.url) => {
    await createPerson(of, origin).post('/auth/sign-up/email', { ...credentials, name: 'N' });
    const { link } = (await newestMail(of.db, credentials.email)) ?? {};
    await createPerson(of).get(`${link?.pathname}${link?.search}`);
    const answer = await createPerson(of, origin).post('/auth/sign-in/email', credentials);
    return answer.headers.getSetCookie().find((line) => /session_token/.test(line)) ?? '';
  };

  test('are for HTTP alone and for this site alone', async () => {
    const cookie = await cookieOf(serving);
    expect(cookie).toMatch(/^farebox\.session_token=/);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toMatch(/Secure|Domain/);
  });

  test('are secure when the public address is https', async () => {
    const publicUrl = 'https://api.example.com';
    const behindTls = await startServing({ publicUrl });
    try {
      const cookie = await cookieOf(behindTls, publicUrl);
      expect(cookie).toMatch(/^__Secure-farebox\.session_token=/);
      expect(cookie).toMatch(/; Secure/);
    } finally {
      await behindTls.close();
    }
  });
});

describe('a page of another site', () => {
  const foreign = { origin: 'https://evil.example' };

  test('changes nothing with the cookies of who looks at it', async () => {
    const ada = await signUp(serving, 'ada@example.com', PASSWORD);
    const body = { currentPassword: PASSWORD, newPassword: 'chosen by Eve' };
    const answer = await ada.post('/auth/change-password', body, foreign);
    expect(answer).toMatchObject({ status: 403, json: { code: 'invalid_origin' } });
    const signOut = await ada.post('/auth/sign-out', {}, { origin: 'null' });
    expect(signOut).toMatchObject({ status: 403, json: { code: 'missing_or_null_origin' } });
    expect((await ada.get('/auth/get-session')).json).toMatchObject({ user: { name: 'Ada' } });
  });

  test('signs nobody in', async () => {
    const answer = await createPerson(serving).post('/auth/sign-in/email', credentials, foreign);
    expect(answer).toMatchObject({ status: 403, json: { code: 'invalid_origin' } });
  });

  test('sends nobody anywhere by a link of ours', async () => {
    const answer = await createPerson(serving).post('/auth/request-password-reset', {
      email: 'ada@example.com',
      redirectTo: 'https://evil.example/steal',
    });
    expect(answer).toMatchObject({ status: 403, json: { code: 'invalid_redirect_url' } });
    const verify = await createPerson(serving).get(
      '/auth/verify-email?token=x&callbackURL=https%3A%2F%2Fevil.example',
    );
    expect(verify).toMatchObject({ status: 403, json: { code: 'invalid_callback_url' } });
  });
});

describe('a refusal', () => {
  test('names the field of a body that does not fit', async () => {
    const answer = await createPerson(serving).post('/auth/sign-in/email', { email: 7 });
    expect(answer).toMatchObject({ status: 400, json: { code: 'validation_error' } });
    expect(answer.json?.detail).toMatch(/email/);
  });

  test('has a request id wherever there is nothing', async () => {
    const answer = await createPerson(serving).get('/auth/no-such-thing');
    expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(answer.json?.request_id).toBe(answer.headers.get('x-request-id'));
  });

  test('meets a body that is not JSON', async () => {
    const answer = await createPerson(serving).submit('/auth/change-password', { a: 'b' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.json).toMatchObject({ request_id: expect.stringMatching(/^req_/) });
  });

  test('meets who asks for sign-in elsewhere where none is set up', async () => {
    const answer = await createPerson(serving).post('/auth/sign-in/social', { provider: 'github' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'provider_not_found' } });
  });
});
