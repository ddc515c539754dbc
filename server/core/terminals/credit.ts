import type { TerminalLimits } from "./terminal-limits.ts";

/** In-flight time aimed at: what a slow viewer sees is never much older. */
const TARGET_MS = 500;
/** Twice that: a viewer that acks at all has acked something by then. */
const SILENCE_MS = 1_000;
/** Before the first measurement: 0.6 s at 50 KB/s, one round trip away from the full window on a fast line. */
const FIRST_BYTES = 32 * 1024;
/** Acks that tell the steps of a viewer. */
const STEPS = 8;
const LEAST_FRAME = 4 * 1024;

/**
 * How much one viewer may have in flight.
 *
 * The viewer's `window` bounds what was sent and not acked, always; a snapshot may come on top, and after silence a
 * second one. Below it a lower bound follows the rate at which the viewer acks, so that little of what is in flight is
 * stale. A viewer that acks only in large steps, or does not ack a snapshot by itself, must not starve below its own
 * window: the lower bound leaves room for two of its smallest steps, and yields to silence (`relax`).
 */
export interface Credit {
  /** Bytes that may be sent now. */
  room(): number;
  /** Bytes worth sending at a time: a viewer that acks frame by frame acks in small steps. */
  frame(): number;
  /** Room that is worth a frame while more is waiting than fits: acks in small steps must not make small frames. */
  worth(): number;
  /** Whether a snapshot may be sent: little else is in flight. */
  canSkip(): boolean;
  /** Bytes that were sent and not acked, the last snapshot aside. */
  unacked(): number;
  /** Whether the last snapshot is in flight, as far as is known. */
  isJumping(): boolean;
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
  /** `wasBlocked`: more was waiting for this. */
  acked(position: number, wasBlocked: boolean): void;
  /** There was no ack for `silenceMs`. */
  relax(): void;
  readonly window: number;
  readonly silenceMs: number;
}

/** What was sent from one snapshot to the next. */
interface Run {
  /** Bytes of the snapshot it began with, until that is acked. */
  jump: number;
  ackedTo: number;
  sentTo: number;
}

interface Sample {
  readonly run: Run;
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
  let run: Run = { jump: 0, ackedTo: 0, sentTo: 0 };
  /** Runs before the last snapshot of which something is in flight. */
  let past: readonly Run[] = [];
  /** The last snapshot is not counted: the viewer may never ack it by itself. */
  let isForgiven = false;
  let isSilent = false;
  let delivered = 0;
  let steps: readonly number[] = [];
  let rate: number | undefined;
  let shortestMs = Number.POSITIVE_INFINITY;
  let sample: Sample | undefined;

  const open = ({ jump, ackedTo, sentTo }: Run): number => jump + sentTo - ackedTo;
  const unacked = (): number => past.reduce((sum, each) => sum + open(each), open(run) - run.jump);
  const inFlight = (): number => unacked() + (isForgiven ? 0 : run.jump);

  const frame = (): number => Math.max(LEAST_FRAME, Math.floor(soft / 4));

  const takeSample = (position: number, isLimited: boolean): void => {
    sample = { run, position, at: now(), delivered, isLimited };
  };

  const measure = (taken: Sample, wasBlocked: boolean): void => {
    const ms = Math.max(1, now() - taken.at);
    const measured = (delivered - taken.delivered) / ms;
    shortestMs = Math.min(shortestMs, ms);
    // Little sent says little about the line: such a sample may only raise the estimate.
    if (taken.isLimited || wasBlocked) rate = rate === undefined ? measured : (rate + measured) / 2;
    else if (rate !== undefined && measured > rate) rate = measured;
  };

  const adapt = (): void => {
    const aim = rate === undefined ? soft : rate * Math.max(TARGET_MS, 2 * shortestMs);
    soft = clamp(Math.max(aim, 2 * Math.min(...steps)), window);
  };

  const jumped = (position: number, bytes: number): void => {
    past = [...past, run].filter((each) => open(each) > 0);
    run = { jump: bytes, ackedTo: position, sentTo: position };
    isForgiven = false;
    isSilent = false;
    takeSample(position, true);
  };

  /** The run an ack speaks of; those before it are acked with it. */
  const runAt = (position: number): Run | undefined => {
    const runs = [...past, run];
    const index = runs.findLastIndex(({ ackedTo, sentTo }) => position >= ackedTo && position <= sentTo);
    for (const each of runs.slice(0, Math.max(0, index))) delivered += open(each);
    if (index >= 0) past = runs.slice(index, -1);
    return runs[index];
  };

  return {
    window,
    silenceMs: SILENCE_MS,
    frame,
    // A viewer that is silent may wait for what is left of its window before it acks at all.
    worth: () => (isSilent ? LEAST_FRAME : Math.min(limits.frameBytes, frame()) / 2),
    room: () => Math.max(0, Math.min(window - unacked(), soft - inFlight())),
    canSkip: () =>
      isSilent && soft === window
        ? unacked() < window
        : (run.jump === 0 || isForgiven) && inFlight() <= soft / 2,
    unacked,
    isJumping: () => run.jump > 0 && !isForgiven,
    canRelax: () => !isSilent || soft < window,
    drainMs: (bytes) => (rate === undefined ? undefined : bytes / rate),
    sent(position, more) {
      run.sentTo = position;
      if (sample === undefined) takeSample(position, more);
    },
    jumped,
    attached(position, bytes) {
      jumped(position, bytes);
      isForgiven = true;
      // Nobody knows when it is parsed.
      sample = undefined;
    },
    acked(position, wasBlocked) {
      const acked = runAt(position);
      if (acked === undefined) return;
      const step = position - acked.ackedTo;
      if (step > 0) steps = [...steps.slice(1 - STEPS), step];
      delivered += step + acked.jump;
      acked.ackedTo = position;
      acked.jump = 0;
      isForgiven = false;
      isSilent = false;
      if (sample !== undefined && sample.run === acked && position >= sample.position) {
        measure(sample, wasBlocked);
        sample = undefined;
      }
      if (steps.length > 0) adapt();
    },
    relax() {
      isForgiven = true;
      isSilent = true;
      soft = Math.min(window, soft * 2);
    },
  };
}
