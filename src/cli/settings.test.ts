import { expect, it } from 'vitest';
import { machineWith, runCommand } from '../../test/command-line.ts';
import type { CliHost, SettingFlags } from './host.ts';

const WRONG = { FAREBOX_LOG_LEVEL: 'loud', FAREBOX_DATTA: '/x' };

it('--check names every fault at once and fails', async () => {
  const argv = ['--check', '--port', '99999'];
  const { exitCode, out, error } = await runCommand(argv, machineWith(WRONG));
  expect({ exitCode, error }).toEqual({ exitCode: 1, error: '' });
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^FAREBOX_DATTA is not a setting\. There are: /),
    expect.stringMatching(/^PORT is not between 0 and 65535\. Give a port/),
    expect.stringMatching(/^FAREBOX_LOG_LEVEL is not a log level\. Give one of/),
  ]);
  const asked = await runCommand([...argv, '--json'], machineWith(WRONG));
  expect(asked.exitCode).toBe(1);
  expect(JSON.parse(asked.out)).toEqual({
    ok: false,
    faults: ['FAREBOX_DATTA', 'PORT', 'FAREBOX_LOG_LEVEL'].map((name) => ({
      name,
      problem: expect.any(String),
      hint: expect.any(String),
    })),
  });
});

it('--check is short when nothing is wrong', async () => {
  const sound = { exitCode: 0, out: 'The configuration is sound.\n', error: '' };
  expect(await runCommand(['--check'], machineWith({}))).toEqual(sound);
  const { out } = await runCommand(['--check', '--json'], machineWith({}));
  expect(out).toBe('{"ok":true,"faults":[]}\n');
});

it('config --explain says where each value comes from, and never a secret', async () => {
  const env = { FAREBOX_LOG_LEVEL: 'warn', DATABASE_URL: 'postgres://u:hunter2@h/n' };
  const argv = ['config', '--explain', '--port', '8080'];
  const { exitCode, out } = await runCommand(argv, machineWith(env));
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^SETTING +VALUE +FROM\n/);
  expect(out).toMatch(/^PORT +8080 +flag$/m);
  expect(out).toMatch(/^HOST +127\.0\.0\.1 +default$/m);
  expect(out).toMatch(/^FAREBOX_LOG_LEVEL +warn +env$/m);
  expect(out).toMatch(/^DATABASE_URL +\[hidden\] +env$/m);
  expect(out).not.toContain('hunter2');
  const asked = await runCommand(['config', '--json'], machineWith(env));
  expect(JSON.parse(asked.out).settings).toContainEqual({
    name: 'DATABASE_URL',
    value: '[hidden]',
    source: 'env',
  });
});

it('config names the faults of a configuration that is wrong', async () => {
  const { exitCode, out } = await runCommand(['config'], machineWith(WRONG));
  expect(exitCode).toBe(1);
  expect(out).toContain('FAREBOX_DATTA is not a setting');
});

it.each<[argv: string[], flags: SettingFlags]>([
  [['start'], {}],
  [['start', '--port', '0', '--host', '::1'], { PORT: '0', HOST: '::1' }],
  [['--data', 'here', 'start'], { FAREBOX_DATA: 'here' }],
  [['start', '--data', 'here', '--database-url', 'x'], { FAREBOX_DATA: 'here', DATABASE_URL: 'x' }],
])('%j starts the server with those settings', async (argv, flags) => {
  const starts: unknown[] = [];
  const start: CliHost['start'] = async (options) => {
    starts.push(options);
    return 3;
  };
  const { exitCode } = await runCommand(argv, { start });
  await runCommand([...argv, '--json', '--empty'], { start });
  expect(exitCode).toBe(3);
  expect(starts).toEqual([
    { json: false, empty: false, flags },
    { json: true, empty: true, flags },
  ]);
});

it('opens the instance that the flags name, before or after the command', async () => {
  const opened: SettingFlags[] = [];
  const openInstance: CliHost['openInstance'] = (flags) => {
    opened.push(flags);
    return Promise.reject(new Error('not here'));
  };
  await runCommand(['--data', 'a', 'verify'], { openInstance });
  await runCommand(['verify', '--data', 'b'], { openInstance });
  expect(opened).toEqual([{ FAREBOX_DATA: 'a' }, { FAREBOX_DATA: 'b' }]);
});
