import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPerson, newestMail, signUp } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';

const PASSWORD = 'correct horse battery';
let serving: Serving;
beforeAll(async () => {
  serving = await startServing({ trustedProxies: 1 });
});
afterAll(() => serving.close());

const mails = () => serving.db.query<{ count: number }>('select count(*)::int from outbox_mail');

describe('signing up', () => {
  test('goes by mail to a confirmed address, a session, its end', async () => {
    const ada = createPerson(serving);
    const credentials = { email: 'ada@example.com', password: PASSWORD };
    const signedUp = await ada.post('/auth/sign-up/email', { ...credentials, name: 'Ada' });
    expect(signedUp).toMatchObject({ status: 200, json: { token: null } });
    expect(ada.cookies.size).toBe(0);

    const early = await ada.post('/auth/sign-in/email', credentials);
    expect(early).toMatchObject({ status: 403, json: { code: 'email_not_verified' } });

    const mail = await newestMail(serving.db, 'ada@example.com');
    expect(mail?.kind).toBe('verification');
    const confirmed = await ada.get(`${mail?.link.pathname}${mail?.link.search}`);
    expect(confirmed.status).toBe(302);
    expect(ada.cookies.size).toBe(0);

    const signedIn = await ada.post('/auth/sign-in/email', credentials);
    expect(signedIn.status).toBe(200);
    expect(signedIn.headers.get('x-request-id')).toMatch(/^req_/);
    const session = await ada.get('/auth/get-session');
    expect(session.json).toMatchObject({ user: { email: 'ada@example.com', emailVerified: true } });

    expect((await ada.post('/auth/sign-out')).status).toBe(200);
    expect((await ada.get('/auth/get-session')).text).toBe('null');
  });

  test('with a known address looks the same, and only its owner is told', async () => {
    await signUp(serving, 'known@example.com', PASSWORD);
    const stranger = createPerson(serving);
    const attempt = (email: string) =>
      stranger.post('/auth/sign-up/email', { email, name: 'Eve', password: 'another password' });
    const known = await attempt('known@example.com');
    const fresh = await attempt('fresh@example.com');
    expect(known.status).toBe(fresh.status);
    const keysOf = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([name, inner]) => [name, keysOf(inner)])
        : typeof value;
    expect(keysOf(known.json)).toEqual(keysOf(fresh.json));
    expect([...known.headers.keys()]).toEqual([...fresh.headers.keys()]);
    expect((await newestMail(serving.db, 'known@example.com'))?.kind).toBe('known_address');
    const answer = await createPerson(serving).post('/auth/sign-in/email', {
      email: 'known@example.com',
      password: 'another password',
    });
    expect(answer).toMatchObject({ status: 401, json: { code: 'invalid_email_or_password' } });
  });

  test('takes as long for a known address as for an unknown one', async () => {
    const attempt = async (email: string) => {
      const started = performance.now();
      await createPerson(serving).post('/auth/request-password-reset', { email });
      return performance.now() - started;
    };
    for (const email of ['known@example.com', 'nobody@example.com']) {
      expect(await attempt(email)).toBeGreaterThanOrEqual(495);
    }
  });

  test('with a password of seven characters is refused', async () => {
    const answer = await createPerson(serving).post('/auth/sign-up/email', {
      email: 'short@example.com',
      name: 'Short',
      password: '1234567',
    });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'password_too_short', status: 400, type: '/docs/errors/password_too_short' },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('writes no more than five mails an hour to one address', async () => {
    const email = 'flooded@example.com';
    await createPerson(serving).post('/auth/sign-up/email', {
      email,
      name: 'F',
      password: PASSWORD,
    });
    const [before] = await mails();
    const ask = () => createPerson(serving).post('/auth/request-password-reset', { email });
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    answers.push(await ask(), await ask(), await ask());
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const [after] = await mails();
    expect((after?.count ?? 0) - (before?.count ?? 0)).toBeLessThanOrEqual(5);
  });
});

describe('a new password', () => {
  test('is set by a link from a mail, once, and ends every session', async () => {
    const grace = await signUp(serving, 'grace@example.com', PASSWORD);
    const elsewhere = createPerson(serving);
    await elsewhere.post('/auth/sign-in/email', { email: 'grace@example.com', password: PASSWORD });
    expect((await grace.get('/auth/list-sessions')).json).toHaveLength(2);

    await grace.post('/auth/request-password-reset', { email: 'grace@example.com' });
    const mail = await newestMail(serving.db, 'grace@example.com');
    expect(mail?.kind).toBe('reset');
    const token = mail?.link.searchParams.get('token');
    const stored = await serving.db.query('select identifier from auth.verification');
    expect(JSON.stringify(stored)).not.toContain(token);

    const set = () =>
      createPerson(serving).post('/auth/reset-password', { token, newPassword: 'a new password' });
    expect((await set()).status).toBe(200);
    expect(await set()).toMatchObject({ status: 400, json: { code: 'invalid_token' } });
    for (const person of [grace, elsewhere]) {
      expect((await person.get('/auth/get-session')).text).toBe('null');
    }
    const signIn = (password: string) =>
      createPerson(serving).post('/auth/sign-in/email', { email: 'grace@example.com', password });
    expect((await signIn(PASSWORD)).status).toBe(401);
    expect((await signIn('a new password')).status).toBe(200);
  });

  test('asked for an unknown address looks the same as for a known one', async () => {
    await signUp(serving, 'there@example.com', PASSWORD);
    const ask = (email: string) =>
      createPerson(serving).post('/auth/request-password-reset', { email });
    const [known, unknown] = [await ask('there@example.com'), await ask('nobody@example.com')];
    expect(known.status).toBe(200);
    expect(known.json).toEqual(unknown.json);
    expect(await newestMail(serving.db, 'nobody@example.com')).toBeUndefined();
  });
});

describe('sessions', () => {
  test('are listed, and one is ended from another', async () => {
    const [here, there] = [
      await signUp(serving, 'two@example.com', PASSWORD),
      createPerson(serving),
    ];
    await there.post('/auth/sign-in/email', { email: 'two@example.com', password: PASSWORD });
    const { session } = (await there.get('/auth/get-session')).json as {
      session: { token: string };
    };
    const answer = await here.post('/auth/revoke-session', { token: session.token });
    expect(answer.status).toBe(200);
    expect((await there.get('/auth/get-session')).text).toBe('null');
    expect((await here.get('/auth/list-sessions')).json).toHaveLength(1);
  });

  test('keep the address that they began at', async () => {
    const person = await signUp(serving, 'address@example.com', PASSWORD);
    const [session] = (await person.get('/auth/list-sessions')).json as unknown as {
      ipAddress: string;
    }[];
    expect(session?.ipAddress).toMatch(/^198\.51\./);
  });

  test('are not listed to who has none', async () => {
    const answer = await createPerson(serving).get('/auth/list-sessions');
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({
      status: 401,
      request_id: answer.headers.get('x-request-id'),
    });
  });

  test('work as a bearer, which the answer to the sign-in names', async () => {
    await signUp(serving, 'bearer@example.com', PASSWORD);
    const answer = await createPerson(serving).post('/auth/sign-in/email', {
      email: 'bearer@example.com',
      password: PASSWORD,
    });
    const session = await createPerson(serving).get('/auth/get-session', {
      authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
    });
    expect(session.json).toMatchObject({ user: { email: 'bearer@example.com' } });
  });
});
