import type { Attachment } from "../attachment.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";

/** A timer of a platform holds 31 bits of milliseconds; further times are reached in steps. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Tells sockets that their token is about to expire, and disconnects them when it has (protocol section 3). */
export function createExpiry(clock: Clock, limits: Limits) {
  const timers = new Map<Attachment, () => void>();

  function at(attachment: Attachment, time: number, task: () => void): void {
    const delayMs = Math.max(0, time - clock.now());
    const step = Math.min(delayMs, MAX_DELAY_MS);
    timers.set(
      attachment,
      clock.schedule(step, () => (step < delayMs ? at(attachment, time, task) : task())),
    );
  }

  function forget(attachment: Attachment): void {
    timers.get(attachment)?.();
    timers.delete(attachment);
  }

  return {
    /** Watches the token an attachment has now; call again when it has another. */
    watch(attachment: Attachment): void {
      forget(attachment);
      const { expiresAt } = attachment.principal;
      if (expiresAt === undefined) return;
      const { peer } = attachment;
      at(attachment, expiresAt - limits.expiringMs, () => {
        peer.send("auth:expiring", { expiresAt });
        at(attachment, expiresAt + limits.clockToleranceMs, () => {
          timers.delete(attachment);
          peer.send("auth:expired", {});
          peer.close();
        });
      });
    },
    forget,
    dispose(): void {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

export type Expiry = ReturnType<typeof createExpiry>;
