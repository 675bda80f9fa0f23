import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenIdProvider, startOpenIdProvider } from '../../../test/openid-provider.ts';
import { type Answered, createPerson, newestMail, type Person } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';

let serving: Serving;
let provider: OpenIdProvider;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  const oidc = { ...provider, name: 'Work' };
  const github = { clientId: 'gh-client', clientSecret: 'gh-secret' };
  serving = await startServing({ trustedProxies: 1, providers: { oidc, github } });
});
afterAll(async () => {
  await serving.close();
  await provider.close();
});

/** Goes to the provider and comes back. */
async function signIn(person: Person): Promise<Answered> {
  const begun = await person.post('/auth/sign-in/social', { provider: 'oidc', callbackURL: '/' });
  const there = await fetch(String(begun.json?.url), { redirect: 'manual' });
  const back = new URL(there.headers.get('location') ?? '');
  return person.get(back.pathname + back.search);
}

const ada = { sub: '1', email: 'ada@work.example', email_verified: true, name: 'Ada' };

describe('sign-in with an OpenID provider', () => {
  test('makes a user of who comes back, with the address as the provider knows it', async () => {
    provider.setUser(ada);
    const person = createPerson(serving);
    const back = await signIn(person);
    expect(back.status).toBe(302);
    expect(new URL(back.headers.get('location') ?? '', serving.url).pathname).toBe('/');
    expect((await person.get('/auth/get-session')).json).toMatchObject({
      user: { email: 'ada@work.example', name: 'Ada', emailVerified: true },
    });
  });

  test('knows the user again by what the provider calls them, not by the address', async () => {
    provider.setUser({ ...ada, email: 'renamed@work.example' });
    const person = createPerson(serving);
    await signIn(person);
    expect((await person.get('/auth/get-session')).json).toMatchObject({
      user: { email: 'ada@work.example' },
    });
  });

  test('takes over no account by an address that the provider has not confirmed', async () => {
    provider.setUser({ ...ada, sub: '666', email_verified: false });
    const person = createPerson(serving);
    const back = await signIn(person);
    expect(back.headers.get('location')).toMatch(/error=account_not_linked/);
    expect((await person.get('/auth/get-session')).text).toBe('null');
  });

  test('leaves nothing to who signed up with the address and never confirmed it', async () => {
    const password = 'chosen by Mallory';
    const victim = { ...ada, sub: '9', email: 'victim@work.example' };
    const mallory = createPerson(serving);
    await mallory.post('/auth/sign-up/email', { email: victim.email, password, name: 'M' });
    provider.setUser(victim);
    const person = createPerson(serving);
    await signIn(person);
    const again = await mallory.post('/auth/sign-in/email', { email: victim.email, password });
    const owner = (await person.get('/auth/get-session')).json;
    // Either the two stay apart, or the password of before is gone.
    expect(owner === undefined || owner === null ? [403] : [401]).toContain(again.status);
    expect((await mallory.get('/auth/get-session')).text).toBe('null');
  });

  test('with an address of somebody else gives no way in once its owner has shown up', async () => {
    const email = 'owner@work.example';
    const mallory = { ...ada, sub: '10', email, email_verified: false };
    provider.setUser(mallory);
    const before = createPerson(serving);
    await signIn(before);
    expect((await before.get('/auth/get-session')).json).toMatchObject({
      user: { email, emailVerified: false },
    });
    const owner = createPerson(serving);
    await owner.post('/auth/request-password-reset', { email });
    const token = (await newestMail(serving.db, email))?.link.searchParams.get('token');
    const set = await owner.post('/auth/reset-password', { token, newPassword: 'of the owner' });
    expect(set.status).toBe(200);
    expect((await before.get('/auth/get-session')).text).toBe('null');
    const after = createPerson(serving);
    await signIn(after);
    expect((await after.get('/auth/get-session')).text).toBe('null');
    const signedIn = await owner.post('/auth/sign-in/email', { email, password: 'of the owner' });
    expect(signedIn.status).toBe(200);
  });

  test('is refused to who comes back without having set out', async () => {
    const eve = createPerson(serving);
    const back = await eve.get('/auth/callback/oidc?code=code-0&state=made-up');
    expect(back.headers.get('location') ?? String(back.status)).toMatch(/error=|400/);
    expect(eve.cookies.size).toBe(0);
  });

  test('keeps the access token of the provider encrypted, and no ID token', async () => {
    const rows = await serving.db.query<{ accessToken: string; idToken: string }>(
      `select "accessToken", "idToken" from auth.account where "providerId" = 'oidc'`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.accessToken).not.toBe('at');
      expect(row.idToken).toBeNull();
    }
  });

  test('is refused when the ID token was signed by somebody else', async () => {
    provider.forge();
    provider.setUser({ ...ada, sub: '7', email: 'forged@work.example' });
    const person = createPerson(serving);
    const back = await signIn(person);
    expect(back.headers.get('location')).toMatch(/error=/);
    expect((await person.get('/auth/get-session')).text).toBe('null');
  });
});

describe('sign-in with GitHub', () => {
  test('begins at GitHub, with our client and the way back', async () => {
    const begun = await createPerson(serving).post('/auth/sign-in/social', {
      provider: 'github',
      callbackURL: '/',
    });
    const url = new URL(String(begun.json?.url));
    expect(url.origin + url.pathname).toBe('https://github.com/login/oauth/authorize');
    expect(url.searchParams.get('client_id')).toBe('gh-client');
    expect(url.searchParams.get('redirect_uri')).toBe(`${serving.url}/auth/callback/github`);
    expect(url.searchParams.get('state')).not.toBe('');
  });
});

test('a provider that is away keeps nobody from signing in otherwise', async () => {
  const away = await startOpenIdProvider();
  await away.close();
  const alone = await startServing({ providers: { oidc: { ...away, name: 'Away' } } });
  try {
    const answer = await createPerson(alone).post('/auth/sign-in/email', {
      email: 'nobody@example.com',
      password: '12345678',
    });
    expect(answer.status).toBe(401);
  } finally {
    await alone.close();
  }
});
