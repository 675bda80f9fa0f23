import type { Clock } from '../../kernel/index.ts';
import type { CliHost } from '../host.ts';
import { amountOf } from './compare-calls.ts';
import { dollars } from './differences.ts';
import type { Received } from './send-call.ts';

/** Tells whoever is waiting how far a run is. */
export interface Progress {
  received(one: Received): void;
  /** Stops telling, and leaves a clean line. */
  end(): void;
}

const BAR_EVERY_MS = 200;
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 24;
/** For a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;

/** A bar that moves for a person at a terminal; a plain line every few seconds otherwise. */
export function startProgress(options: {
  readonly host: Pick<CliHost, 'isTerminal' | 'columns' | 'writeError'>;
  readonly clock: Clock;
  readonly total: number;
}): Progress {
  const { host, clock, total } = options;
  const startedMs = clock.monotonicMs();
  let done = 0;
  let cost = 0n;
  const show = () => {
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    const text = describeProgress({ done, total, seconds, cost });
    if (!host.isTerminal) return host.writeError(`${text}\n`);
    // Back to the line's beginning, the text, and nothing of the longer one before it.
    const filled = Math.round((done / total) * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${text}`;
    const columns = host.columns > 1 ? host.columns : USUAL_COLUMNS;
    host.writeError(`\r${bar.slice(0, columns - 1)}\u001b[K`);
  };
  const timer = setInterval(show, host.isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS);
  return {
    received: (one) => {
      done += 1;
      cost += amountOf(one.cost) ?? 0n;
    },
    end: () => {
      clearInterval(timer);
      show();
      if (host.isTerminal) host.writeError('\n');
    },
  };
}

/** No progress at all, for a program that reads the answer. */
export const silentProgress: Progress = { received: () => undefined, end: () => undefined };

export function describeProgress(state: {
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
  /** Nano-dollars that the answers told so far. */
  readonly cost: bigint;
}): string {
  const { done, total, seconds, cost } = state;
  const perSecond = seconds > 0 ? done / seconds : 0;
  const left = perSecond > 0 ? `${Math.ceil((total - done) / perSecond)} s left` : 'starting';
  const counted = `${grouped(done)} of ${grouped(total)} requests`;
  return [counted, `${perSecond.toFixed(0)}/s`, dollars(cost), left].join(', ');
}

/** A whole number with its thousands apart. */
export const grouped = (value: number) => value.toLocaleString('en-US');
