import type { Bus } from "../ports/bus.ts";
import type { Clock } from "../ports/clock.ts";

const TOPIC = "activity";
/** Evictions are decided by seconds, not by keystrokes. */
const EVERY_MS = 1_000;
/** Sessions told of at once; the rest are told the next time. */
const AT_ONCE = 500;

export interface SharedActivityDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly heard: (sessionId: string, at: number) => void;
}

/** Tells other servers which sessions are active here, so that each decides alike which focus is evicted. */
export function createSharedActivity({ bus, clock, heard }: SharedActivityDeps) {
  const active = new Map<string, number>();
  let cancel: (() => void) | undefined;
  const stop = bus.subscribe(TOPIC, (message) => {
    // Only this file writes to the topic.
    for (const [sessionId, at] of message as readonly (readonly [string, number])[]) heard(sessionId, at);
  });

  function tell(): void {
    cancel = undefined;
    const some = [...active].slice(0, AT_ONCE);
    for (const [sessionId] of some) active.delete(sessionId);
    bus.publish(TOPIC, some);
    if (active.size > 0) cancel = clock.schedule(EVERY_MS, tell);
  }

  return {
    touched(sessionId: string, at: number): void {
      active.set(sessionId, at);
      cancel ??= clock.schedule(EVERY_MS, tell);
    },
    dispose(): void {
      cancel?.();
      stop();
    },
  };
}
