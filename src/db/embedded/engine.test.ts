import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEngine, installedEngine } from './engine.ts';
import { chooseEngineUser, runAs } from './engine-user.ts';
import { defaultDataFolder } from './folders.ts';

let folder: string;
/** A copy of what npm installed, as a place to spoil. */
let native: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox engine '));
  await chmod(folder, 0o755);
  const copy = join(folder, 'package');
  await promisify(execFile)('cp', ['-R', dirname(installedEngine()), copy]);
  native = join(copy, 'native');
});
afterAll(async () => {
  await chmod(join(native, 'lib'), 0o755);
  await rm(folder, { recursive: true, force: true });
});

describe('the engine that npm installed', () => {
  it('runs in place even where install scripts, which restore its links, were off', async () => {
    await removeLinks();
    const user = await chooseEngineUser(undefined);
    const engine = await findEngine(user, join(folder, 'copies'), native);
    expect(engine.binFolder).toBe(join(native, 'bin'));
  });

  it('is copied to where it can run when it cannot run there', async () => {
    const user = await chooseEngineUser(undefined);
    if (user === undefined) await spoilLinks();
    else await chmod(native, 0o700);
    const copies = join(folder, 'copies');
    const engine = await findEngine(user, copies, native);
    expect(engine.binFolder.startsWith(copies)).toBe(true);
    const version = await runAs(user, join(engine.binFolder, 'postgres'), ['--version']);
    expect(version.output).toMatch(/^postgres \(PostgreSQL\) 1\d/);
  });

  /** Ourselves we cannot lock out, but a read-only install without its links does not run. */
  async function spoilLinks(): Promise<void> {
    await removeLinks();
    await chmod(join(native, 'lib'), 0o555);
  }

  async function removeLinks(): Promise<void> {
    for (const entry of await readdir(join(native, 'lib'), { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await rm(join(native, 'lib', entry.name));
    }
  }
});

describe('the default data folder', () => {
  it("is the machine's for root and lies in the current folder for everybody else", () => {
    expect(defaultDataFolder({ uid: 0, cwd: '/srv/farebox' })).toBe('/var/lib/farebox');
    expect(defaultDataFolder({ uid: 1000, cwd: '/home/anna/farebox' })).toBe(
      '/home/anna/farebox/data',
    );
  });
});
