/** What was begun and has not ended, so that a server that winds up can wait for it. */
export interface InFlight {
  readonly count: number;
  track<T>(work: Promise<T>): Promise<T>;
  /** Resolves once nothing is under way. */
  idle(): Promise<void>;
}

export function createInFlight(): InFlight {
  let count = 0;
  let waiting: Array<() => void> = [];
  const ended = (): void => {
    count -= 1;
    if (count > 0) return;
    const told = waiting;
    waiting = [];
    for (const resolve of told) resolve();
  };
  return {
    get count() {
      return count;
    },
    track(work) {
      count += 1;
      work.then(ended, ended);
      return work;
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
