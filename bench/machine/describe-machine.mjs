// What the figures were measured on, and with which versions.
import { execFile } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './rooms.mjs';
import { median } from './statistics.mjs';

const SYNCS = 200;
const PAGE_BYTES = 8_192;

export async function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    syncMs: measureSync(),
  };
}

export async function describeVersions() {
  const { version } = readJson('package.json');
  return {
    farebox: `${version}, commit ${await commit()}`,
    node: process.versions.node,
    undici: readJson('node_modules/undici/package.json').version,
  };
}

/** What an fdatasync of one page costs where temporary files lie: it bounds every commit. */
function measureSync() {
  const path = join(tmpdir(), `farebox-bench-sync-${process.pid}`);
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const times = Array.from({ length: SYNCS }, () => {
    const beganMs = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - beganMs;
  });
  closeSync(file);
  rmSync(path);
  return median(times);
}

function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8'));
}

/** The commit that is checked out, and whether files differ from it. */
async function commit() {
  const git = async (...args) =>
    (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${await git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : ', changed'}`;
  } catch {
    return 'unknown';
  }
}
