import type { Clock } from "../../ports/clock.ts";
import type { Terminal } from "../terminal.ts";

/** A viewer that lacks no more than so many bytes is given the next ones. */
const NEAR_BYTES = 128 * 1024;
const LOOK_MS = 2;

/**
 * Waits until one of the viewers has nearly all there is, `mostMs` at most: what came in a batch is told as a stream, and
 * nobody who is fast has to be brought forward by a snapshot. Returns how long was waited, in milliseconds.
 */
export async function keepPace(clock: Clock, terminal: Terminal, mostMs: number): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const lags = terminal.lags();
    if (waitedMs >= mostMs || lags.length === 0 || Math.min(...lags) <= NEAR_BYTES) return waitedMs;
    await new Promise<void>((resolve) => void clock.schedule(LOOK_MS, resolve));
  }
}
