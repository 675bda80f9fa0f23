// The load generator as the bench sees it: one job at a time, done in a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('./load-client.mjs', import.meta.url));

export function startLoadGenerator() {
  const child = fork(FILE, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    pid: child.pid,
    /** Resolves with what the job counted; rejects when an answer was not what it must be. */
    run: async (job) => {
      child.send(job);
      const ended = new AbortController();
      const { signal } = ended;
      const died = once(child, 'exit', { signal }).then(([code, why]) => [
        { kind: 'failed', message: `the load generator ended with ${code ?? why}` },
      ]);
      died.catch(() => undefined);
      const [{ kind, result, message }] = await Promise.race([once(child, 'message'), died]);
      ended.abort();
      if (kind === 'failed') throw new Error(message);
      return result;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
