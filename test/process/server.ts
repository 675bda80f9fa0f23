import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/farebox.mjs', import.meta.url));

/** What `farebox start --json` prints. */
export interface Greeting {
  readonly url: string;
  readonly key: string | null;
  readonly platform: string | null;
  readonly account: string | null;
  readonly operator_url: string;
  readonly setup_url: string | null;
}

/** A real server process of ours. */
export interface ServerProcess {
  readonly greeting: Greeting;
  readonly pid: number;
  /** Everything it wrote to stderr so far. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
}

export interface RunOptions {
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The program to run, for another checkout. */
  readonly bin?: string;
  /** Put before node: `setpriv ...` to run as another user. */
  readonly prefix?: readonly string[];
}

function spawnFarebox(args: readonly string[], options: RunOptions): ChildProcess {
  const [command = process.execPath, ...rest] = [
    ...(options.prefix ?? []),
    process.execPath,
    options.bin ?? BIN,
    ...args,
  ];
  return spawn(command, rest, {
    env: {
      PATH: process.env.PATH,
      FAREBOX_DATA: options.dataFolder,
      PORT: '0',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts a server and waits until it has greeted. Rejects with its log when it ends first. */
export async function startServer(options: RunOptions): Promise<ServerProcess> {
  const child = spawnFarebox(['start', '--json', ...(options.args ?? [])], options);
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += String(chunk);
  });
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const greeted = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as Greeting);
  const failed = exited.then((code) => {
    throw new Error(`the server ended with ${code} before it was ready:\n${log}`);
  });
  const greeting = await Promise.race([greeted, failed]);
  failed.catch(() => undefined);
  return {
    greeting,
    pid: child.pid as number,
    log: () => log,
    kill: (signal) => child.kill(signal),
    exited,
  };
}

/** Runs one command to its end. */
export async function runFarebox(
  args: readonly string[],
  options: RunOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnFarebox(args, options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), stdout, stderr };
}

/** Stops a server as an operator would, and says how it ended. */
export async function stopServer(server: ServerProcess): Promise<number | string> {
  server.kill('SIGTERM');
  return server.exited;
}
