// Which process may run on which core. Everything is pinned after it has started and by its id, the
// same way for every contender: a child that a contender starts must not inherit its core.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { familyOf } from './processes.mjs';

const run = promisify(execFile);

/** @typedef {{ contender: string, load: string, database: string, text: string }} Pinning */

/**
 * Decides who runs where: the contender on the first core, the load (mock and client) on the
 * second, PostgreSQL on all. Undefined where it cannot be done, or is not wanted.
 * @returns {Promise<{ pinning: Pinning | undefined, text: string }>}
 */
export async function choosePinning(isWanted) {
  const cores = availableParallelism();
  if (!isWanted) return { pinning: undefined, text: 'not pinned (as asked)' };
  if (cores < 2) return { pinning: undefined, text: 'not pinned (one core)' };
  const has = await run('taskset', ['--version']).catch(() => undefined);
  if (has === undefined) return { pinning: undefined, text: 'not pinned (no taskset here)' };
  const all = `0-${cores - 1}`;
  const text =
    'pinned by taskset: the contender (each of them alike) on core 0, mock and load generator on ' +
    `core 1, PostgreSQL on cores ${all}`;
  return { pinning: { contender: '0', load: '1', database: all }, text };
}

/** Moves a process with all its threads, and its children, to these cores. */
export async function pin(pid, cores) {
  if (cores === undefined) return;
  for (const each of familyOf(pid)) {
    await run('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(each)]);
  }
}
