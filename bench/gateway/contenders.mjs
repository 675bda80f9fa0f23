// Everyone who is measured, started side by side in front of one mock provider. All of them stand
// idle but the one that has its turn.
import { fileURLToPath } from 'node:url';
import { closeAtSignal } from '../machine/left-open.mjs';
import { pin } from '../machine/pinning.mjs';
import { forkListening } from '../machine/start-process.mjs';
import { startFarebox } from './farebox.mjs';
import { findNginx, startNginx } from './nginx.mjs';
import { findPortkey, startPortkey } from './portkey.mjs';

const path = (file) => fileURLToPath(new URL(file, import.meta.url));
const MOCK = path('./mock-upstream.mjs');
const PASS_THROUGH = path('./pass-through.mjs');

/**
 * Starts the mock and the contenders. `contenders` are those that run, by name, `direct` (the mock
 * itself) first; `missing` says who does not, and why; `versions` are those of the foreign ones.
 */
export async function startContenders({ rooms, folder, pinning, chunkMs, callers, databaseUrl }) {
  const closers = [];
  const missing = {};
  const started = async (pending, cores) => {
    const process = await pending;
    closers.push(process.close);
    await pin(process.pid, cores);
    return process;
  };
  const close = closeAtSignal(async () => {
    for (const each of closers.reverse()) await each();
  });
  try {
    const mock = await started(forkListening(MOCK, [String(chunkMs)]), pinning?.load);
    const mockPort = mock.port;
    const contenders = { direct: { port: mockPort } };
    const enter = async (name, pending) => {
      contenders[name] = await started(pending, pinning?.contender);
    };
    const nginx = await findNginx();
    if (nginx) await enter('nginx', startNginx({ folder, mockPort, command: nginx.command }));
    else missing.nginx = 'not installed; "apt-get install nginx-light" brings it';
    const url = `http://127.0.0.1:${mockPort}`;
    await enter('pass-through', forkListening(PASS_THROUGH, [url]));
    const portkey = await findPortkey();
    if (portkey.version) await enter('portkey', startPortkey({ folder, mockPort }));
    else missing.portkey = `not installed (${portkey.problem})`;
    const options = { rooms, folder, mockPort, callers, databaseUrl };
    await enter('farebox', startFarebox(options));
    const versions = { nginx: nginx?.version, portkey: portkey.version };
    return { mock, contenders, missing, versions, close };
  } catch (error) {
    await close();
    throw error;
  }
}
