import type { Log } from '../kernel/index.ts';

/** Does `work` every `everyMs`, never twice at once. A failure is logged and tried again. */
export function startUpkeep(options: {
  readonly log: Log;
  readonly everyMs: number;
  work(): Promise<void>;
}): { stop(): Promise<void> } {
  const { log } = options;
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= options
      .work()
      .catch((error) => log.warn({ err: error }, 'Upkeep failed; it is tried again.'))
      .finally(() => {
        running = undefined;
      });
  }, options.everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
