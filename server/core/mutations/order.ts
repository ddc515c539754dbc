import { FINAL_CODES } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Caller } from "../handler.ts";

/** Client ids one socket may number mutations for; adopted outboxes are few. The quietest is forgotten. */
const MAX_LANES = 256;

/** One numbered mutation on its way. */
export interface Turn {
  /** Must be called before deciding; it waits only when an earlier one went to another project. */
  readonly ready: Promise<void> | undefined;
  /**
   * To be called while deciding, with the highest n the store has answered.
   * @throws Fault when an earlier mutation of the socket was refused, or is not decided: this one may not overtake it
   */
  judge(highest: number): void;
  /**
   * To be called once it is decided: answers leave in order too.
   * @throws Fault when an earlier one was refused meanwhile: this one was applied behind it, but the client is to
   * re-send from there and gets this one's kept answer then
   */
  confirm(): Promise<void> | undefined;
  /** Says what became of it. */
  settle(fault?: Fault): void;
}

interface Pending {
  readonly n: number;
  readonly projectId: string;
  readonly done: Promise<void>;
}

/** The mutations of one client id on one socket. */
interface Lane {
  refused?: { readonly n: number; readonly fault: Fault };
  readonly pending: Set<Pending>;
  last?: Pending;
}

export function isFinal(fault: Fault): boolean {
  return FINAL_CODES.includes(fault.code);
}

/**
 * The in-order rule of protocol section 6: after n was refused with a code that is not final, every higher n of that
 * client on that socket is refused with the same code until n comes again or `ackedThrough` passes it.
 *
 * Mutations are handed to the store without waiting for one another. A later one cannot overtake: while an earlier
 * one of the project is open, deciding checks that the store has answered it.
 */
export function createOrder() {
  const sockets = new WeakMap<Caller, Map<string, Lane>>();

  function laneOf(caller: Caller, clientId: string): Lane {
    let lanes = sockets.get(caller);
    if (lanes === undefined) {
      lanes = new Map();
      sockets.set(caller, lanes);
    }
    const known = lanes.get(clientId);
    // Nearly every socket has one lane: it is the newest.
    if (known !== undefined && lanes.size === 1) return known;
    const lane: Lane = known ?? { pending: new Set() };
    lanes.delete(clientId);
    lanes.set(clientId, lane);
    if (lanes.size > MAX_LANES) {
      const [oldest] = lanes.keys();
      if (oldest !== undefined) lanes.delete(oldest);
    }
    return lane;
  }

  function refuse(lane: Lane, n: number, fault: Fault): void {
    if (lane.refused === undefined || n < lane.refused.n) lane.refused = { n, fault };
  }

  return {
    /**
     * Lets a mutation take its turn.
     * @throws Fault with the code of an earlier one that was refused
     */
    begin(caller: Caller, clientId: string, n: number, projectId: string, ackedThrough = 0): Turn {
      const lane = laneOf(caller, clientId);
      if (lane.refused !== undefined && (n === lane.refused.n || ackedThrough >= lane.refused.n))
        delete lane.refused;
      const before = lane.last !== undefined && lane.pending.has(lane.last) ? lane.last : undefined;
      const guard = (): void => {
        if (lane.refused !== undefined && n > lane.refused.n) throw behind(lane.refused.fault);
      };
      guard();
      let finish = (): void => undefined;
      const done = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const own: Pending = { n, projectId, done };
      lane.pending.add(own);
      lane.last = own;
      return {
        ready: before === undefined || before.projectId === projectId ? undefined : before.done,
        judge(highest) {
          guard();
          const isOpen = before !== undefined && before.n < n && lane.pending.has(before);
          if (isOpen && highest < before.n)
            throw new Fault("UNAVAILABLE", "An earlier mutation is not decided");
        },
        confirm() {
          if (before === undefined || !lane.pending.has(before)) return void guard();
          return before.done.then(guard);
        },
        settle(fault) {
          lane.pending.delete(own);
          if (fault !== undefined && !isFinal(fault)) refuse(lane, n, fault);
          finish();
        },
      };
    },

    /** Notes a mutation that was refused before it could take its turn. */
    refuse(caller: Caller, clientId: string, n: number, fault: Fault): void {
      refuse(laneOf(caller, clientId), n, fault);
    },
  };
}

function behind(fault: Fault): Fault {
  return new Fault(fault.code, `An earlier mutation was refused: ${fault.message}`, {
    ...(fault.details === undefined ? {} : { details: fault.details }),
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  });
}
