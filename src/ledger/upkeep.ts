import type { Clock, Log } from '../kernel/index.ts';

/** Does `work` every `everyMs`, never twice at once. A failure is logged and tried again. */
export function startUpkeep(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  work(): Promise<void>;
}): { stop(): Promise<void> } {
  const { clock, log, everyMs } = options;
  let running: Promise<void> | undefined;
  let callOff = clock.after(everyMs, tick);

  function tick(): void {
    callOff = clock.after(everyMs, tick);
    running ??= options
      .work()
      .catch((error) => log.warn({ err: error }, 'Upkeep failed; it is tried again.'))
      .finally(() => {
        running = undefined;
      });
  }

  return {
    stop: async () => {
      callOff();
      await running;
    },
  };
}
