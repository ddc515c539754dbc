import type { Clock } from "../../server/core/ports/clock.ts";
import type { Conditions } from "./conditions.ts";

/**
 * One direction of a connection: what is put in comes out later, in order, one thing a microtask. Under latency each
 * thing waits its time and never overtakes; in a blackhole everything waits. Nothing comes out after `close`.
 */
export interface MemoryLane {
  push(deliver: () => void): void;
  /** Lets what was put in before still come out, then closes. */
  end(last: () => void): void;
  close(): void;
}

/** What a lane on a network with faults has to know. */
export interface LaneNetwork {
  readonly clock: Clock;
  readonly conditions: Conditions;
}

interface Item {
  readonly dueAt: number;
  readonly deliver: () => void;
}

/** @param network default: one without faults */
export function createMemoryLane(network?: LaneNetwork): MemoryLane {
  const waiting: Item[] = [];
  let isClosed = false;
  let isEnding = false;
  let isRunning = false;
  let cancelTimer: (() => void) | undefined;
  let stopListening: (() => void) | undefined;

  function run(): void {
    isRunning = true;
    const head = waiting[0];
    const waitMs = head === undefined || network === undefined ? 0 : head.dueAt - network.clock.now();
    if (waitMs > 0) cancelTimer = network?.clock.schedule(waitMs, deliver);
    else queueMicrotask(deliver);
  }

  function deliver(): void {
    cancelTimer = undefined;
    isRunning = false;
    if (isClosed) return;
    if (network?.conditions.isBlackhole === true) {
      isRunning = true;
      stopListening = network.conditions.onChange(resume);
      return;
    }
    const item = waiting.shift();
    if (item === undefined) return;
    if (waiting.length > 0) run();
    item.deliver();
  }

  function resume(): void {
    if (network?.conditions.isBlackhole === true) return;
    stopListening?.();
    stopListening = undefined;
    run();
  }

  function add(task: () => void): void {
    const dueAt = network === undefined ? 0 : network.clock.now() + network.conditions.latencyMs;
    waiting.push({ dueAt, deliver: task });
    if (!isRunning) run();
  }

  return {
    push(task) {
      if (!isClosed && !isEnding) add(task);
    },
    end(last) {
      if (isClosed || isEnding) return;
      isEnding = true;
      add(last);
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      cancelTimer?.();
      stopListening?.();
    },
  };
}
