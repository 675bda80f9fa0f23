/** Something that has timers: a process. While it cannot act, its timers wait. */
export interface TimerOwner {
  readonly canAct: boolean;
}

interface Timer {
  readonly owner: TimerOwner;
  readonly dueUs: number;
  readonly run: () => void;
}

/** The one time of a simulation, in whole microseconds since 1970. It goes on only when moved. */
export class SimTime {
  #nowUs: number;
  #timers: Timer[] = [];

  constructor(startUs: number) {
    this.#nowUs = startUs;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  moveTo(us: number): void {
    if (us > this.#nowUs) this.#nowUs = us;
  }

  after(owner: TimerOwner, ms: number, run: () => void): () => void {
    const timer = { owner, dueUs: this.#nowUs + Math.ceil(ms * 1_000), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** When the next timer of a process that can act is due. */
  get nextDueUs(): number | undefined {
    const dues = this.#timers.filter(({ owner }) => owner.canAct).map(({ dueUs }) => dueUs);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** The first timer of each process that can act, where it is due. */
  get due(): readonly Timer[] {
    const first = new Map<TimerOwner, Timer>();
    for (const timer of this.#timers) {
      if (!timer.owner.canAct || timer.dueUs > this.#nowUs) continue;
      const before = first.get(timer.owner);
      if (before === undefined || timer.dueUs < before.dueUs) first.set(timer.owner, timer);
    }
    return [...first.values()];
  }

  fire(timer: Timer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
    timer.run();
  }

  /** A process is no more: nothing of it happens again. */
  forget(owner: TimerOwner): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }
}
