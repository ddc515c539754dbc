import type { DetachReason } from "../../server/core/ports/peer.ts";
import type { WireCode } from "../protocol/codes.ts";
import type { SetConditions } from "./conditions.ts";
import type { NextOptions, PlannedFaults, RejectOptions } from "./planned-faults.ts";

export interface RestartOptions {
  /** `false`: what is there is what was there at the start. Default: the data is kept. */
  readonly keepData?: boolean;
}

/** What can go wrong, on purpose. Each holds until it is undone, or used up. */
export interface Faults {
  /** Every connection breaks; clients may come back at once. */
  drop(): void;
  /** Every connection breaks and none can be made, until `online()`. */
  offline(): void;
  /** Ends `offline` and `blackhole`. */
  online(): void;
  /** Nothing passes any more and nobody is told, until `online()`; both ends find out by their heartbeats. */
  blackhole(): void;
  /** Everything takes this long in each direction and keeps its order; 0 ends it. */
  latency(delayMs: number): void;
  /**
   * Refuses the next event that asks for an ack, or the next connection if a connection can be refused with this code
   * and comes first.
   */
  rejectNext(code: WireCode, options?: RejectOptions): void;
  /** The next event that asks for an ack is carried out, and its ack is lost. */
  dropNextAck(options?: NextOptions): void;
  /** What the server sends next arrives twice. */
  duplicateNext(options?: NextOptions): void;
  /** Every token presented so far is expired: who uses one is told and disconnected, and it is refused from here on. */
  expireTokens(): void;
  /** A new epoch: the history of one project, or of all, is lost, what it holds is kept. */
  bumpEpoch(projectId?: string): void;
  /** The server is killed and another one is there at once. */
  restart(options?: RestartOptions): void;
}

export interface FaultsDeps {
  readonly conditions: SetConditions;
  readonly planned: PlannedFaults;
  cut(reason?: DetachReason): void;
  expireTokens(): void;
  bumpEpoch(projectId?: string): void;
  restart(keepData: boolean): void;
}

export function createFaults({ conditions, planned, ...deps }: FaultsDeps): Faults {
  return {
    drop: () => deps.cut(),
    offline() {
      conditions.set({ isOffline: true });
      deps.cut();
    },
    online: () => conditions.set({ isOffline: false, isBlackhole: false }),
    blackhole: () => conditions.set({ isBlackhole: true }),
    latency(delayMs) {
      if (!(delayMs >= 0)) throw new TypeError(`latency takes milliseconds, not ${String(delayMs)}`);
      conditions.set({ latencyMs: delayMs });
    },
    rejectNext: (code, options = {}) => planned.reject({ ...options, code }),
    dropNextAck: (options = {}) => planned.dropAck(options),
    duplicateNext: (options = {}) => planned.duplicate(options),
    expireTokens: deps.expireTokens,
    bumpEpoch: deps.bumpEpoch,
    restart: ({ keepData = true } = {}) => deps.restart(keepData),
  };
}
