import type { Screen } from "./screen.ts";

/** Ticks of this watchdog, not of a clock: a page that slept or is throttled is not taken for a wedged emulator. */
const TICK_MS = 1_000;
/** xterm.js parses megabytes in that time. */
const WEDGED_TICKS = 5;
/** An emulator that wedges again before it parsed anything is not helped by the same means once more. */
const MAX_ATTEMPTS = 3;

export interface WatchdogOptions {
  readonly screen: Pick<Screen, "unparsed" | "parsed" | "startOver">;
  schedule(delayMs: number, task: () => void): () => void;
  /** It stopped; what it was given is given up, and it is ready for a snapshot. */
  onStartedOver(): void;
  /** It stopped, and nothing here can help. */
  onLost(): void;
}

/** Sees that an emulator parses what it is given. Rests while there is nothing to parse. */
export interface Watchdog {
  /** The emulator was given something. */
  wake(): void;
  dispose(): void;
}

export function createWatchdog({ screen, schedule, onStartedOver, onLost }: WatchdogOptions): Watchdog {
  let cancel: (() => void) | undefined;
  let lastParsed = 0;
  let ticks = 0;
  let attempts = 0;

  const tick = (): void => {
    cancel = undefined;
    if (screen.parsed !== lastParsed) attempts = 0;
    ticks = screen.parsed === lastParsed ? ticks + 1 : 0;
    lastParsed = screen.parsed;
    if (screen.unparsed === 0) return;
    if (ticks < WEDGED_TICKS) {
      cancel = schedule(TICK_MS, tick);
      return;
    }
    ticks = 0;
    attempts += 1;
    if (attempts <= MAX_ATTEMPTS && screen.startOver()) onStartedOver();
    else onLost();
  };

  return {
    wake() {
      if (cancel !== undefined) return;
      lastParsed = screen.parsed;
      ticks = 0;
      cancel = schedule(TICK_MS, tick);
    },
    dispose() {
      cancel?.();
      cancel = undefined;
    },
  };
}
