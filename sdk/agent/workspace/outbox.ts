import { isHoldfastError } from "../../errors.ts";

/** Bounds what waits while nobody can be told; the oldest is dropped. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;

export interface OutboxOptions {
  /** Runs once after `delayMs`; returns how to cancel. */
  schedule(delayMs: number, task: () => void): () => void;
  /** Something was dropped, or refused for good. */
  onError(error: unknown): void;
}

/**
 * What is to be told over a connection that comes and goes: in order, one at a time, each until it was taken. What has
 * the key of something that still waits replaces it, so that a burst costs no more than its last state.
 */
export interface Outbox {
  /** `send` rejects with a HoldfastError; what can never succeed is reported and left. */
  add(key: string, send: () => Promise<unknown>): void;
  /** The connection is there (again). */
  resume(): void;
  /** Resolves with whether nothing waits any more; waits at most `withinMs` for that. */
  flushed(withinMs: number): Promise<boolean>;
  dispose(): void;
}

export function createOutbox({ schedule, onError }: OutboxOptions): Outbox {
  const waiting = new Map<string, () => Promise<unknown>>();
  const flushers = new Set<() => void>();
  let isSending = false;
  /** The connection came back while an attempt over the old one was still to fail. */
  let isBack = false;
  let isDisposed = false;
  let dropped = 0;
  let cancelRetry = (): void => {};

  const pump = async (): Promise<void> => {
    cancelRetry();
    if (isSending) return;
    isSending = true;
    let waitMs: number | undefined = 0;
    while (waitMs === 0 && !isDisposed) {
      const [next] = waiting;
      if (next === undefined) break;
      isBack = false;
      waitMs = await attempt(...next);
      if (isBack) waitMs ??= 0;
    }
    isSending = false;
    if (waiting.size === 0) for (const flush of [...flushers]) flush();
    else if (waitMs !== undefined && !isDisposed) cancelRetry = schedule(waitMs, () => void pump());
  };

  /** @returns milliseconds until the next may go; `undefined` when that is not before `resume` */
  const attempt = async (key: string, send: () => Promise<unknown>): Promise<number | undefined> => {
    try {
      await send();
    } catch (error) {
      if (isHoldfastError(error, "OFFLINE") || isHoldfastError(error, "CLOSED")) return undefined;
      if (isHoldfastError(error) && error.retry === "backoff") return error.retryAfterMs ?? RETRY_MS;
      onError(error);
    }
    // A newer one may have taken its place meanwhile.
    if (waiting.get(key) === send) waiting.delete(key);
    return 0;
  };

  return {
    add(key, send) {
      // To the end: what waits longest goes first, and this is new.
      waiting.delete(key);
      waiting.set(key, send);
      if (waiting.size > MAX_WAITING) {
        for (const oldest of waiting.keys()) {
          waiting.delete(oldest);
          break;
        }
        dropped += 1;
        if (dropped === 1) onError(new Error(`more than ${MAX_WAITING} events wait; the oldest are dropped`));
      }
      void pump();
    },
    resume() {
      dropped = 0;
      isBack = true;
      void pump();
    },
    flushed(withinMs) {
      if (waiting.size === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (): void => {
          cancel();
          flushers.delete(settle);
          resolve(waiting.size === 0);
        };
        const cancel = schedule(withinMs, settle);
        flushers.add(settle);
      });
    },
    dispose() {
      isDisposed = true;
      cancelRetry();
      waiting.clear();
      for (const flush of [...flushers]) flush();
    },
  };
}
