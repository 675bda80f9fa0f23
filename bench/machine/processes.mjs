// What /proc tells of processes: processor time, memory, children. Where there is no /proc (not
// Linux) every figure is NaN, which the report shows as "n/a". All of it is read at once and not in
// the background: a busy machine must not put the reading off.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time for users in hundredths of a second, on every architecture. */
const TICK_MS = 10;

/** The name of a process and the fields of /proc/PID/stat behind it, from the state on. */
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === '') return undefined;
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  return { name, fields: text.slice(text.lastIndexOf(')') + 2).split(' ') };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function parentOf(pid) {
  const stat = statOf(pid);
  return stat === undefined ? undefined : Number(stat.fields[1]);
}

export const nameOf = (pid) => statOf(pid)?.name;

/**
 * A process and its children, as they are now. A PostgreSQL that a server of ours started is not
 * counted with it: it is a family of its own.
 */
export function familyOf(pid) {
  const own = statOf(pid);
  if (own === undefined) return [pid];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isChild = (stat) =>
    Number(stat?.fields[1]) === pid && (own.name === 'postgres' || stat.name !== 'postgres');
  return [pid, ...pids.map(Number).filter((each) => isChild(statOf(each)))];
}

/**
 * Processor time in milliseconds that a family has used up to now. The first of it is the parent,
 * whose own account has what its ended children used.
 */
export function cpuMsOf(family) {
  const stats = family.map(statOf);
  if (stats[0] === undefined) return Number.NaN;
  const ownTicks = (stat) => (stat ? Number(stat.fields[11]) + Number(stat.fields[12]) : 0);
  const endedTicks = Number(stats[0].fields[13]) + Number(stats[0].fields[14]);
  return (stats.reduce((sum, stat) => sum + ownTicks(stat), 0) + endedTicks) * TICK_MS;
}

/** Resident memory in MB: now, and the most that it ever was. */
export function memoryMbOf(pid) {
  const text = read(`/proc/${pid}/status`);
  const megabytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]) / 1_024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
