import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPerson } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';
import { setupToken } from '../../auth/index.ts';

let serving: Serving;
let token: string;
beforeEach(async () => {
  serving = await startServing({ trustedProxies: 1 });
  token = setupToken(serving.instance.secrets);
});
afterEach(() => serving.close());

const fields = { mail: 'Root@example.com', name: 'Root', password: 'correct horse battery' };
const operators = () =>
  serving.db.query(`select u.email, u."emailVerified" as verified
    from operator o join auth."user" u on u.id = o.user_id`);

test('the link makes the first operator, who is signed in from then on', async () => {
  const person = createPerson(serving);
  const page = await person.get(`/setup?token=${token}`);
  expect(page.status).toBe(200);
  expect(page.text).toContain(`name="token" value="${token}"`);
  const sent = await person.submit('/setup', { token, ...fields });
  expect(sent.status).toBe(303);
  expect(sent.headers.get('location')).toBe('/');
  expect(await operators()).toEqual([{ email: 'root@example.com', verified: true }]);
  const acts = await serving.db.query('select action, actor, request_id from audit_entry');
  const requestId = sent.headers.get('x-request-id');
  expect(acts).toEqual([
    { action: 'operator.set_up', actor: 'root@example.com', request_id: requestId },
  ]);
  expect((await person.get('/auth/get-session')).json).toMatchObject({
    user: { email: 'root@example.com', emailVerified: true },
  });
  const later = await createPerson(serving).post('/auth/sign-in/email', {
    email: 'root@example.com',
    password: fields.password,
  });
  expect(later.status).toBe(200);
});

test('the link is worth nothing once there is an operator', async () => {
  await createPerson(serving).submit('/setup', { token, ...fields });
  const late = createPerson(serving);
  expect((await late.get(`/setup?token=${token}`)).status).toBe(409);
  const sent = await late.submit('/setup', { token, ...fields, mail: 'late@example.com' });
  expect(sent.status).toBe(409);
  expect(await operators()).toHaveLength(1);
});

test('of several who send the form at once exactly one becomes the operator', async () => {
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((no) =>
      createPerson(serving).submit('/setup', { token, ...fields, mail: `r${no}@example.com` }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409, 409, 409, 409]);
  expect(await operators()).toHaveLength(1);
  const rows = await serving.db.query('select from auth."user"');
  expect(rows).toHaveLength(1);
});

test.each(['', 'x', 'A'.repeat(43)])('the token %j opens nothing', async (wrong) => {
  const person = createPerson(serving);
  expect((await person.get(`/setup?token=${wrong}`)).status).toBe(403);
  expect((await person.submit('/setup', { ...fields, token: wrong })).status).toBe(403);
  expect(await operators()).toEqual([]);
});

test('what does not fit comes back in the form, and nothing of it as markup', async () => {
  const person = createPerson(serving);
  const mail = '"><script>alert(1)</script>';
  const answer = await person.submit('/setup', { token, ...fields, mail });
  expect(answer.status).toBe(422);
  expect(answer.text).toContain('This is not a mail address.');
  expect(answer.text).not.toContain('<script>');
  const short = await person.submit('/setup', { token, ...fields, password: '1234567' });
  expect(short.text).toContain('A password has 8 to 128 characters.');
  expect(short.text).not.toContain('1234567');
});

test('the page runs no script, is framed by nobody and tells nobody its address', async () => {
  const { headers, text } = await createPerson(serving).get(`/setup?token=${token}`);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(policy).not.toMatch(/unsafe|script-src/);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(text).not.toMatch(/<script|\son\w+=/);
});

test('the page of a link from a mail sets a new password', async () => {
  const person = createPerson(serving);
  await person.submit('/setup', { token, ...fields });
  await person.post('/auth/request-password-reset', { email: 'root@example.com' });
  const [mail] = await serving.db.query<{ body: string }>('select body from outbox_mail');
  const link = new URL(/http\S+/.exec(mail?.body ?? '')?.[0] ?? '');
  const page = await createPerson(serving).get(link.pathname + link.search);
  const [, reset = ''] = /name="token" value="(\w+)"/.exec(page.text) ?? [];
  const send = (password: string) =>
    createPerson(serving).submit('/reset-password', { token: reset, password });
  expect(await send('short')).toMatchObject({ status: 400 });
  expect((await send('another password')).text).toContain('Password set');
  expect((await send('a third password')).text).toContain('used already');
  const answer = await createPerson(serving).post('/auth/sign-in/email', {
    email: 'root@example.com',
    password: 'another password',
  });
  expect(answer.status).toBe(200);
});

test('a sign-in elsewhere that went wrong leads to a page that says so in plain text', async () => {
  const answer = await createPerson(serving).get('/auth/error?error=%3Cb%3E');
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('unknown');
  expect(answer.text).not.toContain('<b>');
});
