import type { TerminalLimits } from "./terminal-limits.ts";

/** In-flight time aimed at: what a slow viewer sees is never much older. */
const TARGET_MS = 500;
/** Before the first measurement: 0.6 s at 50 KB/s, one round trip away from the full window on a fast line. */
const FIRST_BYTES = 32 * 1024;

/**
 * How much one viewer may have in flight.
 *
 * The viewer's `window` bounds what was sent and not acked, always; one snapshot may come on top. Below it a lower
 * bound follows the rate at which the viewer acks, so that little of what is in flight is stale. A viewer that acks in
 * large steps, or does not ack a snapshot by itself, must not starve below its own window: the lower bound yields
 * to large steps at once, and to silence after `stallMs` (`relax`).
 */
export interface Credit {
  /** Bytes that may be sent now. */
  room(): number;
  /** Whether a snapshot may be sent: little else is in flight. */
  canSkip(): boolean;
  /** Bytes of output that were sent and not acked. */
  unacked(): number;
  /** Whether the lower bound can still yield to silence. */
  canRelax(): boolean;
  /** How long the viewer needs for that many bytes; `undefined` before it was measured. */
  drainMs(bytes: number): number | undefined;
  /** Output up to `position` was sent; `more` is waiting behind it. */
  sent(position: number, more: boolean): void;
  /** A snapshot of so many bytes was sent, of the state at `position`. */
  jumped(position: number, bytes: number): void;
  /** The answer to `terminal:watch` brings the viewer to `position`; not every viewer acks it by itself. */
  attached(position: number, bytes: number): void;
  acked(position: number): void;
  relax(): void;
  readonly window: number;
  readonly stallMs: number;
}

interface Sample {
  readonly position: number;
  readonly at: number;
  readonly delivered: number;
  readonly isLimited: boolean;
}

export function createCredit(limits: TerminalLimits, now: () => number, wanted: number): Credit {
  const { windowMin } = limits;
  const clamp = (bytes: number, max: number): number => Math.min(max, Math.max(windowMin, Math.floor(bytes)));
  const window = clamp(wanted, limits.windowMax);
  let soft = Math.min(FIRST_BYTES, window);
  let sentTo = 0;
  let ackedTo = 0;
  /** Bytes of the last jump, and of everything before it, until its position is acked. */
  let jump = 0;
  let before = 0;
  let isForgiven = false;
  let delivered = 0;
  let largestStep = 0;
  let rate: number | undefined;
  let shortestMs = Number.POSITIVE_INFINITY;
  let sample: Sample | undefined;

  const unacked = (): number => sentTo - ackedTo + before;
  const inFlight = (): number => unacked() + (isForgiven ? 0 : jump);

  const measure = (taken: Sample): void => {
    const ms = Math.max(1, now() - taken.at);
    const measured = (delivered - taken.delivered) / ms;
    shortestMs = Math.min(shortestMs, ms);
    // Little sent says little about the line: such a sample may only raise the estimate.
    if (taken.isLimited) rate = rate === undefined ? measured : (rate + measured) / 2;
    else if (rate !== undefined && measured > rate) rate = measured;
  };

  const adapt = (): void => {
    const aim = rate === undefined ? soft : rate * Math.max(TARGET_MS, 2 * shortestMs);
    soft = clamp(Math.max(aim, 2 * largestStep), window);
  };

  const jumped = (position: number, bytes: number): void => {
    before += sentTo - ackedTo + jump;
    jump = bytes;
    isForgiven = false;
    sentTo = position;
    ackedTo = position;
    sample = { position, at: now(), delivered, isLimited: true };
  };

  return {
    window,
    stallMs: TARGET_MS,
    room: () => Math.max(0, Math.min(window - unacked(), soft - inFlight())),
    canSkip: () => (isForgiven ? unacked() < window : jump === 0 && inFlight() <= soft / 2),
    unacked,
    canRelax: () => !isForgiven || soft < window,
    drainMs: (bytes) => (rate === undefined ? undefined : bytes / rate),
    sent(position, more) {
      sentTo = position;
      sample ??= { position, at: now(), delivered, isLimited: more };
    },
    jumped,
    attached(position, bytes) {
      jumped(position, bytes);
      isForgiven = true;
    },
    acked(position) {
      if (position > sentTo || position < ackedTo || (position === ackedTo && jump === 0)) return;
      const step = position - ackedTo;
      ackedTo = position;
      largestStep = Math.max(largestStep, step);
      delivered += step + jump;
      jump = 0;
      before = 0;
      isForgiven = false;
      if (sample !== undefined && position >= sample.position) {
        measure(sample);
        sample = undefined;
      }
      adapt();
    },
    relax() {
      isForgiven = true;
      soft = Math.min(window, soft * 2);
    },
  };
}
