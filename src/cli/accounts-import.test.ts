import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { mongoUsers } from '../../test/mongo-users.ts';
import { verifyLedger } from '../ledger/index.ts';

let cli: CommandLine;
let folder: string;
beforeAll(async () => {
  cli = await openCommandLine();
  folder = await mkdtemp(join(tmpdir(), 'farebox-import-'));
  await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'Shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'token:0', '--unit', 'USD:9'],
  );
});
afterAll(async () => {
  expect(await verifyLedger(cli.db)).toEqual([]);
  await rm(folder, { recursive: true });
  await cli.close();
});

async function save(name: string, text: string): Promise<string[]> {
  const file = join(folder, name);
  await writeFile(file, text);
  return ['accounts', 'import', file, '--platform', 'shop'];
}

describe('accounts import', () => {
  it('brings 448 users over, says first what it would do, and does nothing twice', async () => {
    const run = await save('users.json', mongoUsers(448));
    const done = { platform: 'shop', rows: 448, updated: 0, refused: 0, refused_rows: [] };
    const created = { ...done, created: 448, unchanged: 0 };
    expect(await cli.json(...run, '--dry-run')).toEqual({ ...created, dry_run: true });
    expect(await cli.json(...run)).toEqual({ ...created, dry_run: false });
    const again = { ...done, created: 0, unchanged: 448, dry_run: false };
    expect(await cli.json(...run)).toEqual(again);
    const user = ['accounts', 'show', 'user9@people.example', '--platform', 'shop'];
    expect(await cli.json(...user)).toMatchObject({ wallets: [{ unit: 'token', balance: '90' }] });
  });

  it('reads CSV by the name of the file, with places and a unit of its own', async () => {
    const run = await save('customers.CSV', 'who,usd\nann@x.example,1.5\nbob,2\n');
    const places = ['--map', 'mail=who', '--map', 'balance=usd', '--unit', 'USD', '--progress'];
    const ran = await cli.run(...run, ...places);
    expect(ran.exitCode).toBe(0);
    expect(ran.error).toBe('2 rows\n');
    expect(ran.out).toMatch(/created +1\n/);
    expect(ran.out).toContain('This is not a mail address.');
  });

  it('refuses a file that is not there, and a place for what is no field', async () => {
    const missing = ['accounts', 'import', join(folder, 'none'), '--platform', 'shop'];
    expect(await cli.run(...missing)).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('(file_unreadable)'),
    });
    const unknown = await cli.run(...missing, '--map', 'colour=x');
    expect(unknown).toMatchObject({ exitCode: 2 });
  });
});
