import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../../test/authenticator.ts';
import { createPerson, type Person, signUp } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';

const PASSWORD = 'correct horse battery';
let serving: Serving;
beforeAll(async () => {
  serving = await startServing({ trustedProxies: 1 });
});
afterAll(() => serving.close());

/** The code of an `otpauth://` address at this moment (RFC 6238). */
function codeOf(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = [...secret]
    .map((letter) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
    )
    .join('');
  const octets = bits.match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', Buffer.from(octets.map((octet) => Number.parseInt(octet, 2))))
    .update(counter)
    .digest();
  const value = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}

interface Enabled {
  readonly totpURI: string;
  readonly backupCodes: readonly string[];
}

async function turnOn(person: Person): Promise<Enabled> {
  const answer = await person.post('/auth/two-factor/enable', { password: PASSWORD });
  const enabled = answer.json as unknown as Enabled;
  const verified = await person.post('/auth/two-factor/verify-totp', {
    code: codeOf(enabled.totpURI),
  });
  expect(verified.status).toBe(200);
  return enabled;
}

describe('a second factor', () => {
  const signIn = (person: Person, email: string) =>
    person.post('/auth/sign-in/email', { email, password: PASSWORD });

  test('is asked for after the password, and its code opens the session', async () => {
    const { totpURI } = await turnOn(await signUp(serving, 'totp@example.com', PASSWORD));
    const again = createPerson(serving);
    expect((await signIn(again, 'totp@example.com')).json).toMatchObject({
      twoFactorRedirect: true,
    });
    expect((await again.get('/auth/get-session')).text).toBe('null');
    const wrong = await again.post('/auth/two-factor/verify-totp', { code: '000000' });
    expect(wrong).toMatchObject({ status: 401, json: { code: 'invalid_code' } });
    const right = await again.post('/auth/two-factor/verify-totp', { code: codeOf(totpURI) });
    expect(right.status).toBe(200);
    expect((await again.get('/auth/get-session')).json).toMatchObject({
      user: { twoFactorEnabled: true },
    });
  });

  test('has codes for its loss, each good once', async () => {
    const { backupCodes } = await turnOn(await signUp(serving, 'lost@example.com', PASSWORD));
    const code = backupCodes[0];
    const attempt = async () => {
      const person = createPerson(serving);
      await signIn(person, 'lost@example.com');
      return person.post('/auth/two-factor/verify-backup-code', { code });
    };
    expect((await attempt()).status).toBe(200);
    expect(await attempt()).toMatchObject({ status: 401, json: { code: 'invalid_backup_code' } });
  });

  test('lies sealed in the database', async () => {
    const { totpURI } = await turnOn(await signUp(serving, 'sealed@example.com', PASSWORD));
    const rows = await serving.db.query('select * from auth."twoFactor"');
    expect(JSON.stringify(rows)).not.toContain(new URL(totpURI).searchParams.get('secret'));
  });
});

describe('a passkey', () => {
  const options = async (person: Person, path: string) =>
    (await person.get(`/auth/passkey/${path}`)).json as never;

  test('is registered by who is signed in, and signs in by itself', async () => {
    const owner = await signUp(serving, 'passkey@example.com', PASSWORD);
    const authenticator = createAuthenticator();
    const creation = await options(owner, 'generate-register-options');
    const registered = await owner.post('/auth/passkey/verify-registration', {
      response: authenticator.create(creation, serving.url),
      name: 'laptop',
    });
    expect(registered).toMatchObject({ status: 200, json: { name: 'laptop' } });

    const later = createPerson(serving);
    const request = await options(later, 'generate-authenticate-options');
    const response = authenticator.get(request, serving.url);
    const signedIn = await later.post('/auth/passkey/verify-authentication', { response });
    expect(signedIn.status).toBe(200);
    expect((await later.get('/auth/get-session')).json).toMatchObject({
      user: { email: 'passkey@example.com' },
    });

    const replayed = await later.post('/auth/passkey/verify-authentication', { response });
    expect(replayed.status).toBeGreaterThanOrEqual(400);
  });

  test('that was used on another site is refused', async () => {
    const owner = await signUp(serving, 'phished@example.com', PASSWORD);
    const authenticator = createAuthenticator();
    await owner.post('/auth/passkey/verify-registration', {
      response: authenticator.create(
        await options(owner, 'generate-register-options'),
        serving.url,
      ),
    });
    const later = createPerson(serving);
    const request = await options(later, 'generate-authenticate-options');
    const answer = await later.post('/auth/passkey/verify-authentication', {
      response: authenticator.get(request, 'https://evil.example'),
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await later.get('/auth/get-session')).text).toBe('null');
  });

  test('of nobody signs nobody in', async () => {
    const person = createPerson(serving);
    const request = await options(person, 'generate-authenticate-options');
    const answer = await person.post('/auth/passkey/verify-authentication', {
      response: createAuthenticator().get(request, serving.url),
    });
    expect(answer).toMatchObject({ status: 401, json: { code: 'passkey_not_found' } });
  });
});
