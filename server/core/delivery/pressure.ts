import type { Attachments } from "../attachments.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";

/** How long after something was sent sockets are looked at, in milliseconds. */
const LOOK_MS = 250;

export interface PressureDeps {
  readonly attachments: Attachments;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly unsentBytes: number;
}

/** Disconnects sockets that leave too much unsent: they recover by position. Idle while nothing is sent. */
export function createPressure({ attachments, clock, log, meter, unsentBytes }: PressureDeps) {
  let cancel: (() => void) | undefined;

  function look(): void {
    cancel = undefined;
    for (const { peer } of [...attachments.all()]) {
      const bytes = peer.unsentBytes();
      if (bytes <= unsentBytes) continue;
      log.warn({ connectionId: peer.id, bytes }, "a slow socket is disconnected");
      meter.count("slow_disconnects", { namespace: peer.namespace });
      peer.close(true);
    }
  }

  return {
    /** Something was sent. */
    sent(): void {
      cancel ??= clock.schedule(LOOK_MS, look);
    },
    dispose(): void {
      cancel?.();
      cancel = undefined;
    },
  };
}

export type Pressure = ReturnType<typeof createPressure>;
