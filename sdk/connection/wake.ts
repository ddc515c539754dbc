import type { Clock } from "../util/clock.ts";

/** Signs from the platform that the connection may have died or could come back. Each may be wrong. */
export type Hint = "offline" | "online" | "wake";

/** Listens to the platform only between `start` and `stop`; before that it touches no global. */
export interface Wake {
  start(): void;
  stop(): void;
  /** The platform says that there is no network. */
  readonly isOffline: boolean;
}

/** A tick that comes this much too late means that the machine slept or the clock was moved. */
const TICK_MS = 5_000;
const JUMP_MS = 15_000;

const WINDOW_HINTS: Readonly<Record<string, Hint>> = {
  offline: "offline",
  online: "online",
  pageshow: "wake",
};

/**
 * Page lifecycle as Chromium has it: `visibilitychange` to visible, `resume` after a freeze, `pageshow` out of the
 * back/forward cache; beside it a clock that jumped, for sleep anywhere.
 * @see https://developer.chrome.com/docs/web-platform/page-lifecycle-api
 */
export function createWake(clock: Clock, onHint: (hint: Hint) => void): Wake {
  let stops: (() => void)[] = [];

  const listen = (target: EventTarget | undefined, type: string, listener: () => void): void => {
    if (typeof target?.addEventListener !== "function") return;
    target.addEventListener(type, listener);
    stops.push(() => target.removeEventListener(type, listener));
  };

  const tick = (): void => {
    const dueAt = clock.now() + TICK_MS;
    stops[0] = clock.schedule(TICK_MS, () => {
      const lateMs = Math.abs(clock.now() - dueAt);
      tick();
      // Hidden tabs are throttled to a tick a minute: no sign of anything, and becoming visible is heard of.
      if (lateMs > JUMP_MS && globalThis.document?.visibilityState !== "hidden") onHint("wake");
    });
  };

  return {
    start() {
      if (stops.length > 0) return;
      tick();
      const { document } = globalThis;
      for (const [type, hint] of Object.entries(WINDOW_HINTS)) listen(globalThis, type, () => onHint(hint));
      listen(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") onHint("wake");
      });
      listen(document, "resume", () => onHint("wake"));
    },
    stop() {
      for (const stop of stops) stop();
      stops = [];
    },
    get isOffline() {
      return globalThis.navigator?.onLine === false;
    },
  };
}
