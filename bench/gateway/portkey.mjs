// Portkey's gateway from npm, which bills nothing. The bench installs it into a folder of its own
// (bench/peers), with versions and digests from the lockfile there. Its HTTP server, which it asks
// for in any version from 1.3.3 on, is held at one with which it answers streams.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, startProgram, waitForPort } from '../machine/start-process.mjs';

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));
const GATEWAY = join(PEERS, 'node_modules', '@portkey-ai', 'gateway');

/** Installs what the lockfile names, if it is not there; the version, or why there is none. */
export async function findPortkey() {
  const { dependencies } = JSON.parse(await readFile(join(PEERS, 'package.json'), 'utf8'));
  const wanted = dependencies['@portkey-ai/gateway'];
  try {
    if ((await installedVersion()) !== wanted) {
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      await promisify(execFile)('npm', args, { cwd: PEERS });
    }
    return { version: await installedVersion() };
  } catch (error) {
    return { problem: error.message.split('\n')[0] };
  }
}

async function installedVersion() {
  const text = await readFile(join(GATEWAY, 'package.json'), 'utf8').catch(() => '{}');
  return JSON.parse(text).version;
}

export async function startPortkey({ folder, mockPort }) {
  const port = await freePort();
  const program = await startProgram({
    command: process.execPath,
    args: [join(GATEWAY, 'build', 'start-server.js'), `--port=${port}`, '--headless'],
    env: { NODE_ENV: 'production' },
    logFile: join(folder, 'portkey.log'),
  });
  await waitForPort(port, program.ended);
  const headers = [
    ['x-portkey-provider', 'openai'],
    ['x-portkey-custom-host', `http://127.0.0.1:${mockPort}/v1`],
  ];
  return { ...program, port, headers };
}
