import type { Dispatcher } from 'undici';
import type { Clock } from '../../kernel/index.ts';
import type { PlannedCall } from './plan-call.ts';
import { type Received, sendCall } from './send-call.ts';

export interface Drive {
  readonly server: Dispatcher;
  /** Where chat completions are, with what stands before it in the server's address. */
  readonly path: string;
  readonly clock: Clock;
  /** Calls under way at once, at most. */
  readonly concurrency: number;
  /** How many times faster than they came in the trace; 'max' sends as fast as it goes. */
  readonly speed: number | 'max';
  keyFor(call: PlannedCall): string;
  onReceived(received: Received, call: PlannedCall): void;
}

/** A server that fails this often will not come right; the rest is not sent. */
const MOST_FAILURES = 100;

/** Sends all calls, started in their order, and resolves when the last one has been answered. */
export async function driveCalls(calls: readonly PlannedCall[], drive: Drive): Promise<void> {
  const { clock, speed } = drive;
  const startedMs = clock.monotonicMs();
  let next = 0;
  let failures = 0;
  const sendSome = async () => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      if (speed !== 'max') await waitUntil(clock, startedMs + call.atMs / speed);
      if (failures >= MOST_FAILURES) return;
      const received = await sendCall(drive.server, drive.path, drive.keyFor(call), call);
      if (received.status !== 200 || !received.isDone) failures += 1;
      drive.onReceived(received, call);
    }
  };
  const senders = Math.min(drive.concurrency, calls.length);
  await Promise.all(Array.from({ length: senders }, sendSome));
}

async function waitUntil(clock: Clock, atMs: number): Promise<void> {
  const waitMs = atMs - clock.monotonicMs();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
