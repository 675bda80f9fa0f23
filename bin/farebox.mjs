#!/usr/bin/env node
// The command. Node's version is looked at before anything else is imported, because an older Node
// would fail somewhere inside a dependency with a message that helps nobody.
import cluster from 'node:cluster';
import { existsSync } from 'node:fs';

const OLDEST_NODE = [20, 19];

function nodeIsTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

async function runFarebox() {
  if (nodeIsTooOld()) {
    throw new Error(
      `needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
    );
  }
  // A published package carries dist/ and no src/: nothing to compare and nothing to build.
  // One of several processes that serve together is what its parent is.
  if (cluster.isPrimary && existsSync(new URL('../src/main.ts', import.meta.url))) {
    const { ensureBuilt } = await import('../tools/build.mjs');
    await ensureBuilt(new URL('../', import.meta.url));
  }
  const { run } = await import('../dist/main.js');
  return run(process.argv.slice(2));
}

runFarebox().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    process.stderr.write(`farebox: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
