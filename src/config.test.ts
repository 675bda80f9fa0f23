import { describe, expect, test } from 'vitest';
import { type Config, type ConfigFault, type Machine, readConfig } from './config.ts';

const files: Record<string, string> = { '/run/url': 'postgres://u:geheim@db/farebox\n' };
const user: Machine = {
  isRoot: false,
  readFile: (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  },
  databaseUrlProblem: (url) =>
    url.startsWith('postgres') ? undefined : 'is not a PostgreSQL address',
};
const key = Buffer.alloc(32, 7).toString('base64');

function good(env: Record<string, string>, flags = {}, machine = user): Config {
  const result = readConfig(env, flags, machine);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

function faults(env: Record<string, string>, flags = {}): readonly ConfigFault[] {
  const result = readConfig(env, flags, user);
  return 'faults' in result ? result.faults : [];
}

describe('readConfig', () => {
  test('needs nothing to be set', () => {
    const config = good({ PATH: '/bin' });
    expect(config).toMatchObject({ port: 3000, host: '127.0.0.1', shutdownSeconds: 30 });
    expect(config.databaseUrl).toBeUndefined();
    expect(config.secretKey).toBeUndefined();
    expect(config.dataFolder).toMatch(/^\/.*\/data$/);
  });

  test('keeps the data of root under /var/lib', () => {
    expect(good({}, {}, { ...user, isRoot: true }).dataFolder).toBe('/var/lib/farebox');
  });

  test('lets a flag win over the environment, and the environment over the default', () => {
    expect(good({ PORT: '4000', HOST: '::1' }, { PORT: '0' })).toMatchObject({
      port: 0,
      host: '::1',
    });
  });

  test("is not bothered by the test run's own settings", () => {
    expect(faults({ FAREBOX_TEST_DATABASE_URL: 'x' })).toEqual([]);
  });

  test('reads where mails go out, and where people sign in besides', () => {
    const config = good({
      FAREBOX_SMTP_URL: 'smtps://u:geheim@mail.example.com',
      FAREBOX_MAIL_FROM: 'Example <no-reply@example.com>',
      GITHUB_CLIENT_ID: 'id',
      GITHUB_CLIENT_SECRET: 'geheim',
      FAREBOX_OIDC_ISSUER: 'https://id.example.com/',
      FAREBOX_OIDC_CLIENT_ID: 'id',
      FAREBOX_OIDC_CLIENT_SECRET: 'geheim',
    });
    expect(config.smtp?.from).toBe('Example <no-reply@example.com>');
    expect(config.providers).toMatchObject({
      github: { clientId: 'id' },
      oidc: { issuer: 'https://id.example.com', name: 'Single sign-on' },
    });
    expect(JSON.stringify(config.settings)).not.toContain('geheim');
    expect(good({})).toMatchObject({ smtp: undefined, trustedProxies: 0, allowedHosts: [] });
  });

  test('wants the whole of what is of use only together', () => {
    expect(faults({ FAREBOX_SMTP_URL: 'smtp://mail', GITHUB_CLIENT_ID: 'id' })).toEqual([
      expect.objectContaining({
        name: 'FAREBOX_MAIL_FROM',
        problem: 'is not set, but FAREBOX_SMTP_URL is',
      }),
      expect.objectContaining({ name: 'GITHUB_CLIENT_SECRET' }),
    ]);
  });

  test('reads hosts with commas between them, and nothing else', () => {
    const hosts = 'IdP.internal:8443, 10.0.0.7,[fd00::1]:80';
    expect(good({ FAREBOX_ALLOWED_HOSTS: hosts }).allowedHosts).toEqual([
      'idp.internal:8443',
      '10.0.0.7',
      '[fd00::1]:80',
    ]);
    for (const wrong of ['https://idp.internal', '*', 'a b', 'a,,b']) {
      expect(faults({ FAREBOX_ALLOWED_HOSTS: wrong })).toHaveLength(1);
    }
  });

  test('takes an empty value as not set', () => {
    expect(good({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 3000 });
  });

  test('reads a secret from the file that its _FILE name points to', () => {
    const config = good({ DATABASE_URL_FILE: '/run/url' });
    expect(config.databaseUrl).toBe('postgres://u:geheim@db/farebox');
  });

  test('reads the secret key as 32 bytes', () => {
    expect(good({ FAREBOX_SECRET_KEY: key }).secretKey).toEqual(Buffer.alloc(32, 7));
  });

  test('keeps all calls unless told, and never less than what the limits of a month count', () => {
    expect(good({}).keepCallsDays).toBeUndefined();
    expect(good({ FAREBOX_KEEP_CALLS_DAYS: '35' }).keepCallsDays).toBe(35);
    expect(faults({ FAREBOX_KEEP_CALLS_DAYS: '34' })).toMatchObject([
      { name: 'FAREBOX_KEEP_CALLS_DAYS', problem: 'is not between 35 and 36500' },
    ]);
  });

  test('takes the slash off the end of the public address', () => {
    expect(good({ FAREBOX_PUBLIC_URL: 'https://api.example.com/' }).publicUrl).toBe(
      'https://api.example.com',
    );
  });

  test('names every fault at once, each with a hint', () => {
    const found = faults({
      PORT: '70000',
      FAREBOX_LOG_LEVEL: 'loud',
      FAREBOX_DATABASE: 'x',
      FAREBOX_SECRET_KEY: 'short',
      DATABASE_URL: 'mysql://u:geheim@db/x',
      FAREBOX_PUBLIC_URL: 'ftp://example.com',
      FAREBOX_MAX_BODY_BYTES: '-1',
    });
    expect(found.map(({ name }) => name).sort()).toEqual([
      'DATABASE_URL',
      'FAREBOX_DATABASE',
      'FAREBOX_LOG_LEVEL',
      'FAREBOX_MAX_BODY_BYTES',
      'FAREBOX_PUBLIC_URL',
      'FAREBOX_SECRET_KEY',
      'PORT',
    ]);
    expect(found.every(({ problem, hint }) => problem !== '' && hint !== '')).toBe(true);
    expect(JSON.stringify(found)).not.toMatch(/geheim|short/);
  });

  test('refuses a secret that is given twice', () => {
    expect(faults({ DATABASE_URL: 'postgres://a/b', DATABASE_URL_FILE: '/run/url' })).toEqual([
      {
        name: 'DATABASE_URL',
        problem: 'is set, and so is DATABASE_URL_FILE',
        hint: 'Set one of the two.',
      },
    ]);
  });

  test('names the _FILE setting whose file cannot be read', () => {
    expect(faults({ FAREBOX_SECRET_KEY_FILE: '/nowhere' })).toMatchObject([
      { name: 'FAREBOX_SECRET_KEY_FILE' },
    ]);
  });
});

describe('the list of settings', () => {
  test('shows each value with its source and hides the secrets', () => {
    const { settings } = good(
      { DATABASE_URL_FILE: '/run/url', FAREBOX_SECRET_KEY: key },
      { PORT: '1' },
    );
    expect(settings).toContainEqual({ name: 'PORT', value: '1', source: 'flag' });
    expect(settings).toContainEqual({ name: 'HOST', value: '127.0.0.1', source: 'default' });
    expect(settings).toContainEqual({ name: 'DATABASE_URL', value: '[hidden]', source: 'file' });
    expect(JSON.stringify(settings)).not.toContain('geheim');
    expect(JSON.stringify(settings)).not.toContain(key);
  });
});
