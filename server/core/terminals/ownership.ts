import type { Clock } from "../ports/clock.ts";
import type { Owner } from "./owner.ts";
import type { TerminalLimits } from "./terminal-limits.ts";

/**
 * Who feeds a terminal.
 *
 *   none ──take──▶ live ──leave──▶ lost ──take──▶ live
 *                                   └──30 s──▶ none (given up)
 */
export interface Ownership {
  readonly owner: Owner | undefined;
  readonly isLost: boolean;
  take(owner: Owner): void;
  /** The owner's connection is lost; it has the grace to come back. */
  leave(): void;
  /** Nobody feeds it any more, and nobody is waited for. */
  end(): void;
  /** Pauses the owner while more than the server can take waits, and finds out one that does not pause. */
  check(unread: number): void;
}

export function createOwnership(
  clock: Clock,
  limits: TerminalLimits,
  onGivenUp: () => void,
  onIgnored: (owner: Owner, unread: number) => void,
): Ownership {
  let owner: Owner | undefined;
  let isPaused = false;
  let cancelGrace: (() => void) | undefined;

  const stopGrace = (): void => {
    cancelGrace?.();
    cancelGrace = undefined;
  };

  return {
    get owner() {
      return owner;
    },
    get isLost() {
      return cancelGrace !== undefined;
    },
    take(next) {
      stopGrace();
      owner = next;
      if (isPaused) next.flow(true);
    },
    leave() {
      owner = undefined;
      stopGrace();
      cancelGrace = clock.schedule(limits.ownerGraceMs, () => {
        cancelGrace = undefined;
        onGivenUp();
      });
    },
    end() {
      owner = undefined;
      stopGrace();
    },
    check(unread) {
      const shouldPause = unread > (isPaused ? limits.unreadLow : limits.unreadHigh);
      if (shouldPause !== isPaused) {
        isPaused = shouldPause;
        owner?.flow(isPaused);
      }
      if (owner !== undefined && unread > limits.ownerUnreadBytes) onIgnored(owner, unread);
    },
  };
}
