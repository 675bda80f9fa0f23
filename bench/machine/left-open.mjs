// What must be closed when the bench is told to stop (Ctrl-C): a PostgreSQL would live on, and its
// folder stay.

const open = new Set();

/** Registers a close function; the one returned does the same, once, and takes it off the list. */
export function closeAtSignal(close) {
  const closeOnce = async () => {
    if (open.delete(closeOnce)) await close();
  };
  open.add(closeOnce);
  return closeOnce;
}

/** Closes what is open when a signal comes, the last first, and ends the process. */
export function closeOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      void Promise.allSettled([...open].reverse().map((close) => close())).then(() =>
        process.exit(130),
      );
    });
  }
}
