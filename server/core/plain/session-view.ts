import { type FocusState, TERMINAL_LIMITS } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Caller } from "../handler.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Terminals } from "../terminals/terminals.ts";

export interface SessionViewDeps {
  readonly terminals: Pick<Terminals, "handlers" | "whenThere" | "sizeOf">;
  readonly clock: Clock;
  readonly log: Log;
}

/** One socket that shows the terminal of one session, also one that is not registered yet, or registered again. */
export interface SessionView {
  readonly projectId: string;
  focusChanged(focusedSessions: readonly string[]): void;
  /** The viewer itself is the terminals' to close. */
  close(): void;
}

/**
 * Tells `plain:status`, then what the terminal shows as `terminal:resized` and `terminal:output`, now or once it is
 * there. Without a priority the viewer gets everything while no session of the project is focused.
 */
export function openSessionView(
  caller: Caller,
  sessionId: string,
  state: FocusState,
  priority: "auto" | "live" | undefined,
  { terminals, clock, log }: SessionViewDeps,
): SessionView {
  const { peer } = caller;
  let shown = terminals.sizeOf(sessionId);
  let wanted = priorityFor(state.focusedSessions);
  let isClosed = false;
  let cancelWaiting = (): void => undefined;
  let cancelStart = (): void => undefined;

  function priorityFor(focusedSessions: readonly string[]): "auto" | "live" {
    return priority ?? (focusedSessions.length > 0 ? "auto" : "live");
  }

  async function start(): Promise<void> {
    const watched = wanted;
    try {
      const answer = await terminals.handlers["terminal:watch"](caller, {
        ...{ sessionId, encoding: "utf8", history: TERMINAL_LIMITS.historyDefault, priority: watched },
      });
      // Terminals refuse by throwing; only kept answers are returned as they were.
      if (isClosed || watched !== wanted || "success" in answer) return;
      const { epoch, offset, cols, rows, scrollback } = answer;
      if (cols !== shown?.cols || rows !== shown?.rows)
        peer.send("terminal:resized", { sessionId, epoch, offset, cols, rows });
      // From here on sizes come in the stream, and a snapshot in its middle must say its own.
      shown = undefined;
      peer.send("terminal:output", { sessionId, epoch, offset, data: scrollback });
    } catch (error) {
      // Not there yet, gone meanwhile, or begun anew: then it is told of again.
      if (!(error instanceof Fault)) log.warn({ err: error, sessionId }, "a terminal could not be shown");
    }
  }

  function arm(): void {
    cancelWaiting = terminals.whenThere(sessionId, () => {
      arm();
      // After the register that brought it is through.
      cancelStart();
      cancelStart = clock.schedule(0, () => void start());
    });
  }

  const { focusedSessions, version, projectId } = state;
  peer.send("plain:status", { sessionId, focusedSessions, version, ...shown, timestamp: clock.now() });
  arm();
  void start();

  return {
    projectId,
    focusChanged(focused) {
      const next = priorityFor(focused);
      if (next === wanted) return;
      wanted = next;
      void start();
    },
    close() {
      isClosed = true;
      cancelWaiting();
      cancelStart();
    },
  };
}
