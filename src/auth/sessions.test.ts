import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../kernel/index.ts';
import { forgetOldSessions } from './session-list.ts';
import { createSessions, type Sessions } from './sessions.ts';

let database: TestDatabase;
let sessions: Sessions;

const open = (publicUrl = 'http://127.0.0.1:3000', key = Buffer.alloc(32, 5)) =>
  createSessions({
    db: database.db,
    secrets: createSecretBox(key, systemRandom),
    random: systemRandom,
    clock: systemClock,
    log: createLog('silent'),
    publicUrl: () => publicUrl,
    mailer: { send: async () => undefined },
  });

beforeAll(async () => {
  database = await openTestDatabase();
  sessions = open();
});
afterAll(() => database.close());

const ada = { mail: 'Ada@Example.com', name: 'Ada', isVerified: true };

test('a session is found by its cookie, by its bearer and by the documents name', async () => {
  const user = await sessions.createUser(ada);
  const { token, cookie, setCookie } = await sessions.createSession(user.id);
  const expected = { id: user.id, mail: 'ada@example.com', name: 'Ada', isVerified: true };
  const value = cookie.slice(cookie.indexOf('=') + 1);
  for (const headers of [
    { cookie: `other=1; ${cookie}` },
    { authorization: `Bearer ${token}` },
    { cookie: `next-auth.session-token=${value}` },
    { cookie: `__Secure-next-auth.session-token=${value}` },
  ]) {
    expect(await sessions.find(new Headers(headers))).toMatchObject(expected);
  }
  expect(setCookie).toMatch(/; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
});

test('over https the cookie is secure', async () => {
  const user = await sessions.createUser({ ...ada, mail: 'https@example.com' });
  const { cookie, setCookie } = await open('https://api.example.com').createSession(user.id);
  expect(cookie).toMatch(/^__Secure-/);
  expect(setCookie).toMatch(/; Secure$/);
});

test('what the database holds opens no session by itself', async () => {
  const user = await sessions.createUser({ ...ada, mail: 'bare@example.com' });
  const { token } = await sessions.createSession(user.id);
  const bare = token.slice(0, token.indexOf('.'));
  expect(await sessions.find(new Headers({ authorization: `Bearer ${bare}` }))).toBeUndefined();
  const other = open('http://127.0.0.1:3000', Buffer.alloc(32, 6));
  expect(await other.find(new Headers({ authorization: `Bearer ${token}` }))).toBeUndefined();
});

test('a session that has ended is not found', async () => {
  const user = await sessions.createUser({ ...ada, mail: 'ended@example.com' });
  const { token } = await sessions.createSession(user.id);
  await database.db.query(
    `update auth.session set "expiresAt" = now() - interval '1 s' where "userId" = $1`,
    [user.id],
  );
  expect(await sessions.find(new Headers({ authorization: `Bearer ${token}` }))).toBeUndefined();
});

test('what ended a day ago is forgotten, and nothing else', async () => {
  const { db } = database;
  const user = await sessions.createUser({ ...ada, mail: 'forgotten@example.com' });
  const [old, young] = [
    await sessions.createSession(user.id),
    await sessions.createSession(user.id),
  ];
  await db.query(`update auth.session set "expiresAt" = now() - interval '25 h' where token = $1`, [
    old.token.slice(0, old.token.indexOf('.')),
  ]);
  await forgetOldSessions(db);
  const rows = await db.query('select from auth.session where "userId" = $1', [user.id]);
  expect(rows).toHaveLength(1);
  expect(await sessions.find(new Headers({ cookie: young.cookie }))).toMatchObject({ name: 'Ada' });
});

test('an address has one user, whatever its case', async () => {
  await sessions.createUser({ ...ada, mail: 'one@example.com' });
  await expect(sessions.createUser({ ...ada, mail: 'ONE@example.com' })).rejects.toMatchObject({
    code: 'user_exists',
    status: 409,
  });
});

test('a password that is too short is refused before anything is written', async () => {
  const short = { ...ada, mail: 'short@example.com', password: '1234567' };
  await expect(sessions.createUser(short)).rejects.toMatchObject({ code: 'invalid_password' });
  const rows = await database.db.query(`select from auth."user" where email = $1`, [short.mail]);
  expect(rows).toEqual([]);
});

test('better-auth works on our database and believes a session of ours', async () => {
  const user = await sessions.createUser({
    ...ada,
    mail: 'both@example.com',
    password: '12345678',
  });
  const signIn = await sessions.handle(
    new Request('http://127.0.0.1:3000/auth/sign-in/email', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'both@example.com', password: '12345678' }),
    }),
  );
  expect(signIn.status).toBe(200);
  const token = signIn.headers.get('set-auth-token') ?? '';
  const found = await sessions.find(new Headers({ authorization: `Bearer ${token}` }));
  expect(found).toMatchObject({ id: user.id });
  const own = await sessions.createSession(user.id);
  for (const headers of [{ cookie: own.cookie }, { authorization: `Bearer ${own.token}` }]) {
    const answer = await sessions.handle(
      new Request('http://127.0.0.1:3000/auth/get-session', { headers }),
    );
    expect(await answer.json()).toMatchObject({ user: { id: user.id } });
  }
});
