import { expect, it, vi } from 'vitest';
import { runCommand } from '../../test/command-line.ts';
import { Fault } from '../kernel/index.ts';
import type { Instance } from './host.ts';

const KEY = ['keys', 'create', '--platform', 'p', '--account', 'm@x.example'];
const GRANT = ['grants', 'create', '--platform', 'p', '--account', 'm', '--reason', 'r'];
const PLATFORM = ['platforms', 'create', '--slug', 'p', '--name', 'P', '--key-prefix', 'p_'];
const PRICE = ['catalog', 'price', 'm', '--platform', 'p', '--component'];

it.each<[argv: string[], named: RegExp]>([
  [['keyz'], /unknown command 'keyz'; there are start, config, platforms/],
  [['keys', 'make'], /unknown command 'make'/],
  [['--chek'], /unknown option '--chek' \(Did you mean --check\?\)/],
  [['keys', 'create', '--platform', 'p'], /'--account <mail>' not specified/],
  [['keys', 'list', '--platform'], /'--platform <slug>' argument missing/],
  [['keys', 'revoke', '--platform', 'p'], /missing required argument 'id'/],
  [['accounts', 'show', 'a', 'b', '--platform', 'p'], /too many arguments/],
  [[...KEY, '--requests-per-minute', '0'], /'--requests-per-minute <number>'.*from 1 to/],
  [[...KEY, '--requests-per-minute', '1.5'], /whole number from 1/],
  [[...KEY, '--requests-per-minute', '1000000000000000'], /to 999999999999999/],
  [[...KEY, '--concurrent-requests', 'some'], /'--concurrent-requests <number>'/],
  [[...KEY, '--budget-total', '-5'], /'--budget-total <decimal>'.*such as 12.5/],
  [[...KEY, '--expires', 'tomorrow'], /'--expires <time>'.*2027-01-31/],
  [[...KEY, '--expires', '2027-02-30'], /'--expires <time>'/],
  [[...KEY, '--expires', '2027-02-30T00:00:00Z'], /'--expires <time>'/],
  [[...KEY, '--expires', '2027-01-01T25:00:00Z'], /'--expires <time>'/],
  [[...GRANT, '--amount', '1', '--unit', 'USD', '--source', 'gift'], /'--source <source>'/],
  [[...GRANT, '--amount', '1', '--unit', 'USD', '--priority', '40000'], /'--priority <number>'/],
  [[...PLATFORM, '--unit', 'USD'], /'--unit <code:scale>'.*such as USD:9/],
  [[...PRICE, 'tokens=1'], /'--component <name=amount\/per>'.*a name of input, cached_input/],
  [[...PRICE, 'input=-1/1000'], /'--component/],
  [[...PRICE, 'input=1/0'], /'--component/],
  [['accounts', 'list', '--platform', 'p', '--limit', '0'], /'--limit <number>'/],
])('%j is a wrong usage that says what is wrong', async (argv, named) => {
  const { exitCode, out, error } = await runCommand(argv, {});
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(error).toMatch(/^farebox: [^\n]+ \(usage\)\n$/);
  expect(error).toMatch(named);
});

it('says an error as one line of JSON when the answer would have been JSON', async () => {
  const { exitCode, out, error } = await runCommand(['keys', 'list', '--json'], {});
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(JSON.parse(error)).toEqual({
    error: { code: 'usage', message: "required option '--platform <slug>' not specified" },
  });
});

it.each<[param: string | null, argv: string[], said: string]>([
  ['key_prefix', [...PLATFORM, '--unit', 'A:1'], 'farebox: --key-prefix: Wrong. (some_code)\n'],
  ['units', [...PLATFORM, '--unit', 'A:1'], 'farebox: --unit: Wrong. (some_code)\n'],
  ['elsewhere', KEY, 'farebox: Wrong. (some_code)\n'],
  [null, KEY, 'farebox: Wrong. (some_code)\n'],
])('names the flag that a refused field %j came from', async (param, argv, said) => {
  const refused = new Fault({ code: 'some_code', status: 422, message: 'Wrong.', param });
  const openInstance = () => Promise.reject(refused);
  expect(await runCommand(argv, { openInstance })).toEqual({ exitCode: 1, out: '', error: said });
});

it('tells an unreachable database from a fault of its own', async () => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const broken = new TypeError('it is undefined');
  const failWith = (error: Error) => {
    return runCommand(['verify', '--json'], { openInstance: () => Promise.reject(error) });
  };
  expect(await failWith(lost)).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('"code":"database_unavailable"'),
  });
  expect(await failWith(broken)).toMatchObject({
    exitCode: 1,
    error: '{"error":{"code":"internal_error","message":"it is undefined"}}\n',
  });
});

it('closes the database also when the work fails', async () => {
  const closed = vi.fn(async () => undefined);
  const broken = { close: closed } as unknown as Instance;
  const { exitCode } = await runCommand(['verify'], { openInstance: async () => broken });
  expect(exitCode).toBe(1);
  expect(closed).toHaveBeenCalledOnce();
});

it('shows help on standard output when asked, and on standard error when lost', async () => {
  expect(await runCommand(['--version'], {})).toEqual({ exitCode: 0, out: '1.2.3\n', error: '' });
  const help = await runCommand(['keys', '--help'], {});
  expect(help).toMatchObject({ exitCode: 0, error: '' });
  expect(help.out).toContain('make a key and show it, once');
  for (const argv of [[], ['keys']]) {
    const { exitCode, out, error } = await runCommand(argv, {});
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toContain('Usage: farebox');
  }
});
