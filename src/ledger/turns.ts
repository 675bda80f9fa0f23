/** Lets one piece of work run at a time; who asks meanwhile waits in line. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when those who are in line now have had their turns; undefined when nobody is. */
  wait(): Promise<unknown> | undefined;
}

export function createTurns(): Turns {
  let last: Promise<unknown> | undefined;
  return {
    take: (work) => {
      const mine = last === undefined ? work() : last.then(work, work);
      last = mine;
      const forget = () => {
        if (last === mine) last = undefined;
      };
      mine.then(forget, forget);
      return mine;
    },
    wait: () => last?.then(ignore, ignore),
  };
}

function ignore(): void {}
