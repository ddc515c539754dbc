import type { Clock } from "../../ports/clock.ts";
import type { Terminal } from "../terminal.ts";

/** The owner waits for an answer of the relay at most so long, in milliseconds. */
const PATIENCE_MS = 250;

/** Makes a terminal's owner wait while others cannot be told its output as fast as it comes, but not for a relay that is away. */
export interface OwnerHold {
  /** There is more or less to tell. */
  check(): void;
  /** Waits for the relay's answer. */
  during<T>(asked: Promise<T>): Promise<T>;
  dispose(): void;
}

/**
 * @param untold bytes of output that are not in the relay
 * @param mostBytes more than this makes the owner wait
 */
export function createOwnerHold(
  terminal: Terminal,
  clock: Clock,
  untold: () => number,
  mostBytes: number,
): OwnerHold {
  let isSlow = false;
  let isDisposed = false;

  function check(): void {
    terminal.hold(!isDisposed && !isSlow && untold() > mostBytes);
  }

  function found(slow: boolean): void {
    isSlow = slow;
    check();
  }

  return {
    check,
    async during(asked) {
      const cancel = clock.schedule(PATIENCE_MS, () => found(true));
      check();
      try {
        const answer = await asked;
        isSlow = false;
        return answer;
      } catch (error) {
        isSlow = true;
        throw error;
      } finally {
        cancel();
      }
    },
    dispose() {
      isDisposed = true;
      check();
    },
  };
}
