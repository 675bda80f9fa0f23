// Clients that hold, then settle, then start again, as many as are told, until the time is over or
// the number is reached.
import { cpuMsOf, familyOf } from '../machine/processes.mjs';
import { percentiles } from '../machine/statistics.mjs';

const CLIENTS = 256;

/**
 * `shape` holds and settles; `pick` names the caller of the next call. Ends after `forMs`, or after
 * `pairs` calls. Figures: pairs, a second, waiting times, microseconds of processor time a pair.
 */
export async function runPairs({ rooms, shape, pick, databasePid, forMs, pairs = Infinity }) {
  const waits = { hold: [], settle: [] };
  const family = databasePid ? familyOf(databasePid) : [];
  const [ownBefore, databaseBefore] = [process.cpuUsage(), cpuMsOf(family)];
  const startedMs = performance.now();
  const endMs = forMs === undefined ? Infinity : startedMs + forMs;
  let begun = 0;
  const client = async () => {
    while (begun < pairs && performance.now() < endMs) {
      begun += 1;
      const [callId, caller] = [rooms.ids.callId(), pick()];
      const heldMs = performance.now();
      await shape.hold(callId, caller);
      const settledMs = performance.now();
      await shape.settle(callId, caller);
      waits.hold.push(settledMs - heldMs);
      waits.settle.push(performance.now() - settledMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const tookMs = performance.now() - startedMs;
  const own = process.cpuUsage(ownBefore);
  const done = waits.settle.length;
  return {
    ...{ pairs: done, perSecond: (done * 1_000) / tookMs },
    ...{ hold: percentiles(waits.hold), settle: percentiles(waits.settle) },
    cpuUs: {
      database: ((cpuMsOf(family) - databaseBefore) * 1_000) / done,
      client: (own.user + own.system) / done,
    },
  };
}

/** Draws one of `count` callers, `stride` ids apart, each as likely as the other. */
export function drawCaller({ random }, first, count, stride = 1) {
  let pool = Buffer.alloc(0);
  let taken = 0;
  return () => {
    // Randomness is fetched for many draws at once: it is not what is measured.
    if (taken === pool.length) [pool, taken] = [Buffer.from(random(4_096)), 0];
    const drawn = pool.readUInt32BE(taken) % count;
    taken += 4;
    return first + BigInt(drawn * stride);
  };
}
