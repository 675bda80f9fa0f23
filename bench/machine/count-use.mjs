// What a piece of work takes: time, and processor time of this process with the programs that it
// ran to their end, and of the database's processes.
import { databasePid } from './database-server.mjs';
import { cpuMsOf, familyOf } from './processes.mjs';

export async function countUse(database, work) {
  const pid = await databasePid(database);
  const theirs = () => (pid === undefined ? Number.NaN : cpuMsOf(familyOf(pid)));
  const before = { ms: performance.now(), client: cpuMsOf([process.pid]), database: theirs() };
  await work();
  return {
    wallMs: performance.now() - before.ms,
    clientCpuMs: cpuMsOf([process.pid]) - before.client,
    databaseCpuMs: theirs() - before.database,
  };
}
