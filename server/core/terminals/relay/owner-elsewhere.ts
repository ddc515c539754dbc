import { Fault } from "../../fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act, TerminalRelay, ToServer } from "../../ports/terminal-relay.ts";
import { waitMs } from "../input-line.ts";
import type { Owner } from "../owner.ts";
import type { TerminalLimits } from "../terminal-limits.ts";
import type { Typist } from "../typist.ts";

/** What is on the way and was not said to have arrived is sent again after so long, in milliseconds. */
const AGAIN_MS = 300;

export interface OwnerElsewhereDeps {
  readonly sessionId: string;
  readonly relay: Pick<TerminalRelay, "serverId" | "send">;
  readonly clock: Clock;
  readonly limits: TerminalLimits;
  readonly createId: () => string;
  /** More can be taken in again. */
  readonly onResumed: () => void;
  /** What is kept here is not what the owner has: it is to be fetched anew. */
  readonly onBroken: () => void;
}

/**
 * The owner of a terminal whose home is another server. What viewers here do goes there in one order, one message on the
 * way at a time: it is sent until it arrived, and counted there, so that nothing is done twice or in another order.
 */
export interface OwnerElsewhere extends Owner {
  /** The server that has the terminal cannot take records in as fast as they come. */
  readonly isPaused: boolean;
  answered(message: ToServer): void;
  /**
   * The home is another one. What was not answered is typed there, in its order, if it is named, so that the owner can tell
   * whether it was typed already; what is not named is refused: a key lost is seen, a key doubled may do harm.
   */
  moved(): void;
  dispose(): void;
}

type Typed = Act & { readonly kind: "type" };

interface Waiting {
  readonly act: Typed;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

export function createOwnerElsewhere(deps: OwnerElsewhereDeps): OwnerElsewhere {
  const { sessionId, relay, clock, limits, createId } = deps;
  let line = createId();
  let n = 0;
  let queue: Act[] = [];
  let underWay: readonly Act[] | undefined;
  let cancelAgain: (() => void) | undefined;
  let isPaused = false;
  /** Inputs whose answer is waited for, by id. */
  const waiting = new Map<string, Waiting>();

  function transmit(): void {
    cancelAgain?.();
    cancelAgain = undefined;
    if (underWay === undefined) {
      if (queue.length === 0) return;
      underWay = queue;
      queue = [];
      n += 1;
    }
    relay.send(sessionId, { kind: "acts", from: relay.serverId, line, n, acts: underWay });
    cancelAgain = clock.schedule(AGAIN_MS, transmit);
  }

  function add(act: Act): void {
    queue.push(act);
    if (underWay === undefined) transmit();
  }

  function type(text: string, typist: Typist | undefined): Promise<void> {
    const id = createId();
    const { key, inputSeq, source, isPatient } = typist ?? {};
    const act: Typed = {
      kind: "type",
      id,
      text,
      ...(key !== undefined && { key }),
      ...(inputSeq !== undefined && { inputSeq }),
      ...(source !== undefined && { source }),
      ...(isPatient && { isPatient }),
    };
    return new Promise<void>((resolve, reject) => {
      const cancel = clock.schedule(waitMs(limits, typist), () => {
        queue = queue.filter((queued) => queued !== act);
        settle((entry) => entry.reject(new Fault("UNAVAILABLE", "The terminal did not confirm the input")));
      });
      const settle = (how: (entry: Pick<Waiting, "resolve" | "reject">) => void): void => {
        cancel();
        waiting.delete(id);
        how({ resolve, reject });
      };
      waiting.set(id, {
        act,
        resolve: () => settle((entry) => entry.resolve()),
        reject: (fault) => settle((entry) => entry.reject(fault)),
      });
      add(act);
    });
  }

  return {
    connectionId: "elsewhere",
    isOld: false,
    isElsewhere: true,
    get isPaused() {
      return isPaused;
    },
    input: type,
    resize: ({ cols, rows }) => add({ kind: "resize", cols, rows }),
    left: () => add({ kind: "left" }),
    flow(paused) {
      isPaused = paused;
      if (!paused) deps.onResumed();
    },
    disconnect: deps.onBroken,
    over: () => undefined,
    answered(message) {
      if (message.kind === "typed") {
        const { id, code, error } = message;
        const entry = waiting.get(id);
        if (code === undefined) entry?.resolve();
        else entry?.reject(new Fault(code, error ?? code));
      } else if (message.kind === "acts taken" && message.line === line && message.n === n) {
        underWay = undefined;
        transmit();
      }
    },
    moved() {
      const unsent = new Set<Act>(queue);
      const again: Act[] = (underWay ?? []).filter(({ kind }) => kind !== "type");
      for (const { act, reject } of [...waiting.values()]) {
        if (unsent.has(act)) continue;
        if (act.source !== undefined) again.push(act);
        else reject(new Fault("UNAVAILABLE", "The terminal is at another server now"));
      }
      queue = [...again, ...queue];
      underWay = undefined;
      line = createId();
      n = 0;
      transmit();
    },
    dispose() {
      cancelAgain?.();
      queue = [];
      for (const entry of [...waiting.values()])
        entry.reject(new Fault("UNAVAILABLE", "The terminal is gone"));
    },
  };
}
