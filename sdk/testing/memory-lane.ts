/**
 * One direction of an in-memory connection: what is put in comes out later, in order, one thing a microtask.
 * Nothing comes out after `close`.
 */
export interface MemoryLane {
  push(deliver: () => void): void;
  /** Lets what was put in before still come out, then closes. */
  end(last: () => void): void;
  close(): void;
}

export function createMemoryLane(): MemoryLane {
  const waiting: Array<() => void> = [];
  let isClosed = false;
  let isEnding = false;
  let isRunning = false;

  function run(): void {
    isRunning = true;
    queueMicrotask(() => {
      isRunning = false;
      const deliver = waiting.shift();
      if (deliver === undefined) return;
      if (waiting.length > 0) run();
      deliver();
    });
  }

  return {
    push(deliver) {
      if (isClosed || isEnding) return;
      waiting.push(deliver);
      if (!isRunning) run();
    },
    end(last) {
      if (isClosed || isEnding) return;
      waiting.push(last);
      isEnding = true;
      if (!isRunning) run();
    },
    close() {
      isClosed = true;
      waiting.length = 0;
    },
  };
}
