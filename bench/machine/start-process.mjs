// Starts the processes of the bench and ends them again, each by its id.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** A file of ours as a process that tells its port over IPC once it listens. */
export async function forkListening(file, args = []) {
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [message] = await Promise.race([once(child, 'message'), endOf(child, file)]);
  return { pid: child.pid, port: message.port, close: () => stop(child) };
}

/** A program whose output goes to a file: a pipe that nobody empties would slow it down. */
export async function startProgram({ command, args, env, logFile, cwd }) {
  const log = await open(logFile, 'a');
  const child = spawn(command, args, {
    ...{ cwd, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const ended = endOf(child, `${command} ${args.join(' ')} (see ${logFile})`);
  ended.catch(() => undefined);
  return { pid: child.pid, ended, close: () => stop(child) };
}

/** Resolves when something takes connections on a port of this machine. */
export async function waitForPort(port, ended) {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (await takesConnections(port)) return;
    await Promise.race([ended, delay(POLL_MS)]);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** A port that is free now, for programs that cannot choose one themselves. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function endOf(child, what) {
  const [code, signal] = await Promise.race([
    once(child, 'exit'),
    once(child, 'error').then(([error]) => [error.message]),
  ]);
  throw new Error(`${what} ended with ${code ?? signal}`);
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
