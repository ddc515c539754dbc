import type { Clock } from "../../ports/clock.ts";
import type { TerminalRelay, ToServer } from "../../ports/terminal-relay.ts";
import type { Size } from "../size.ts";
import type { Cursor } from "../stream-records.ts";

/** The home has so long before anybody who shows the terminal is asked too, in milliseconds. */
const TURN_MS = 500;
/** How long a snapshot is waited for in all, in milliseconds. */
const ASK_MS = 3_000;

/** A screen from another server, and where in the records it belongs. */
export interface Borrowed {
  readonly epoch: string;
  readonly life: string;
  readonly at: Cursor;
  readonly size: Size;
  readonly data: Uint8Array;
}

/** Asks those that have a terminal for its screen. */
export interface SnapshotRequest {
  /** `undefined` when nobody answers in time. */
  ask(): Promise<Borrowed | undefined>;
  answered(message: ToServer): void;
  dispose(): void;
}

export function createSnapshotRequest(
  sessionId: string,
  relay: TerminalRelay,
  clock: Clock,
  createId: () => string,
): SnapshotRequest {
  let requestId: string | undefined;
  let take: ((message: ToServer & { kind: "snapshot" }) => void) | undefined;
  let giveUp: (() => void) | undefined;

  function firstAnswer(own: string): Promise<(ToServer & { kind: "snapshot" }) | undefined> {
    return new Promise((resolve) => {
      let turns = 0;
      let cancel: (() => void) | undefined;
      const end = (answer?: ToServer & { kind: "snapshot" }): void => {
        cancel?.();
        if (requestId === own) requestId = undefined;
        resolve(answer);
      };
      const turn = (): void => {
        if (turns * TURN_MS >= ASK_MS) {
          end();
          return;
        }
        relay.send(sessionId, {
          kind: "snapshot?",
          from: relay.serverId,
          requestId: own,
          isUrgent: turns > 0,
        });
        turns += 1;
        // This server hears itself.
        relay.hearers(sessionId).then(
          (count) => count <= 1 && end(),
          () => end(),
        );
        cancel = clock.schedule(TURN_MS, turn);
      };
      take = end;
      giveUp = end;
      turn();
    });
  }

  return {
    async ask() {
      giveUp?.();
      const own = createId();
      requestId = own;
      const answer = await firstAnswer(own);
      const data = answer && (await relay.borrow(answer.lentAs));
      if (answer === undefined || data === undefined) return undefined;
      const { epoch, life, at, cols, rows } = answer;
      return { epoch, life, at, size: { cols, rows }, data };
    },
    answered(message) {
      if (message.kind === "snapshot" && message.requestId === requestId) take?.(message);
    },
    dispose: () => giveUp?.(),
  };
}
