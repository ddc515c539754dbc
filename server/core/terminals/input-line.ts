import { Fault } from "../fault.ts";
import type { Clock } from "../ports/clock.ts";
import type { Owner } from "./owner.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import type { Typist } from "./typist.ts";

/**
 * What is typed into one terminal, by all its viewers, in order of arrival. One input is one message to the owner,
 * so none is split by another.
 */
export interface InputLine {
  /**
   * Resolves when the owner took it. `mayType` is asked when it is about to go: false, and it is taken as typed.
   * @throws Fault `UNAVAILABLE` without an owner within 5 s (a patient typist: within the owner's grace), without its ack
   * within 5 s, or when too much waits
   */
  type(text: string, mayType?: () => boolean, typist?: Typist): Promise<void>;
  /** There is an owner (again): what waits goes to it, first come first. */
  connect(owner: Owner): void;
  disconnect(): void;
  /** What waits is refused: it was meant for another shell. */
  refuse(fault: Fault): void;
  /** As `refuse`, and so is all that comes before the next `connect`: there will be no owner. */
  close(fault: Fault): void;
}

interface Waiting {
  readonly send: (owner: Owner) => void;
  readonly fail: (fault: Fault) => void;
}

/** How long what `typist` types waits for an owner. */
export function waitMs(limits: TerminalLimits, typist: Typist | undefined): number {
  return typist?.isPatient ? limits.ownerGraceMs : limits.inputMs;
}

export function createInputLine(clock: Clock, limits: TerminalLimits): InputLine {
  const waiting = new Set<Waiting>();
  let owner: Owner | undefined;
  let closed: Fault | undefined;
  /** UTF-16 units that wait for an owner or for its ack. */
  let held = 0;

  const later = (transmit: (to: Owner) => Promise<void>, waitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = clock.schedule(waitMs, () => {
        waiting.delete(entry);
        reject(new Fault("UNAVAILABLE", "The terminal has no owner"));
      });
      const entry: Waiting = {
        send(to) {
          cancel();
          resolve(transmit(to));
        },
        fail(fault) {
          cancel();
          reject(fault);
        },
      };
      waiting.add(entry);
    });

  const drain = (each: (entry: Waiting) => void): void => {
    const entries = [...waiting];
    waiting.clear();
    entries.forEach(each);
  };

  const refuse = (fault: Fault): void => drain((entry) => entry.fail(fault));

  return {
    type(text, mayType, typist) {
      if (closed !== undefined) return Promise.reject(closed);
      if (held > 0 && held + text.length > limits.inputWaiting) {
        return Promise.reject(new Fault("UNAVAILABLE", "Too much input is waiting for the owner"));
      }
      held += text.length;
      const transmit = (to: Owner): Promise<void> =>
        mayType === undefined || mayType() ? to.input(text, typist) : Promise.resolve();
      const typed = owner === undefined ? later(transmit, waitMs(limits, typist)) : transmit(owner);
      return typed.finally(() => {
        held -= text.length;
      });
    },
    connect(next) {
      owner = next;
      closed = undefined;
      drain((entry) => entry.send(next));
    },
    disconnect() {
      owner = undefined;
    },
    refuse,
    close(fault) {
      owner = undefined;
      closed = fault;
      refuse(fault);
    },
  };
}
