import type { Link } from "../connection/link.ts";
import { HoldfastError, isHoldfastError } from "../errors.ts";
import type { Position, StateSync, SyncAck } from "../protocol/index.ts";
import type { Store } from "../store/index.ts";
import { backoffMs } from "../util/backoff.ts";
import { type CaughtUp, catchUp } from "./catch-up.ts";
import type { SyncReason, SyncState } from "./sync-state.ts";
import type { TraceSync } from "./sync-trace.ts";

export interface CatchingUpOptions {
  readonly link: Link;
  readonly store: Store;
  readonly pageEntities: number;
  now(): number;
  random(): number;
  schedule(delayMs: number, task: () => void): () => void;
  readonly trace: TraceSync;
  onError(error: unknown): void;
  onState(state: SyncState): void;
  /** Caught up, nothing committed yet. */
  onFound(found: CaughtUp, about: CatchUpAbout): void;
}

export interface CatchUpAbout {
  readonly reason: SyncReason;
  readonly since: Position | undefined;
  readonly durationMs: number;
}

/** One catch-up at a time, tried again until it succeeds, the server refuses for good, or it is stopped. */
export interface CatchingUp {
  /** @param first an answer that is there already. */
  begin(reason: SyncReason, since: Position | undefined, first?: SyncAck): void;
  stop(): void;
}

/** A page of a snapshot takes a server longer than an ordinary answer. */
const REQUEST_MS = 30_000;
/** Tries with an answer that is not worth repeating; some still is, as for a cursor that grew too old. */
const MAX_REFUSALS = 3;

export function createCatchingUp(options: CatchingUpOptions): CatchingUp {
  const { link, store, now } = options;
  /** Ends with what it was for: whoever awaits something asks it whether it still counts. */
  let run = new AbortController();
  // Made once: without a reason each `abort` makes a DOMException, a tenth of what a reconnect costs.
  const over = new HoldfastError("CLOSED", "The catch-up is over");
  let cancelRetry = (): void => {};
  let failures = 0;
  let refusals = 0;

  const stop = (): void => {
    run.abort(over);
    cancelRetry();
    failures = 0;
    refusals = 0;
  };

  const request = async (signal: AbortSignal, payload: StateSync): Promise<SyncAck> => {
    const { projectId } = store;
    const full =
      payload.cursor === undefined ? { projectId, ...payload, limit: options.pageEntities } : payload;
    const ack = await link.request("state:sync", full, { timeoutMs: REQUEST_MS, signal });
    signal.throwIfAborted();
    return ack;
  };

  const pause = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      options.schedule(0, () => (signal.aborted ? reject(over) : resolve()));
    });

  const attempt = (reason: SyncReason, since: Position | undefined, first?: SyncAck): void => {
    const { signal } = run;
    const startedAt = now();
    options.onState({ name: "syncing", reason });
    if (first === undefined) options.trace("sync:start", { reason, since });
    catchUp({
      since,
      first,
      epoch: store.position?.epoch,
      base: store.base,
      request: (payload) => request(signal, payload),
      progress: (done, total) => options.onState({ name: "syncing", reason, progress: { done, total } }),
      pause: () => pause(signal),
    }).then(
      (found) => {
        if (signal.aborted) return;
        stop();
        options.onFound(found, { reason, since, durationMs: now() - startedAt });
      },
      (cause: unknown) => {
        if (!signal.aborted) fail(cause, reason, since);
      },
    );
  };

  const fail = (cause: unknown, reason: SyncReason, since: Position | undefined): void => {
    if (!isHoldfastError(cause)) options.onError(cause);
    const error = isHoldfastError(cause)
      ? cause
      : new HoldfastError("INTERNAL", "The answer to state:sync could not be read.", { cause });
    failures += 1;
    if (error.retry === "never") refusals += 1;
    if (error.code === "FORBIDDEN" || refusals >= MAX_REFUSALS) {
      stop();
      options.onState({ name: "failed", error });
      return;
    }
    const retryInMs = error.retryAfterMs ?? backoffMs(failures, options.random());
    options.trace("sync:failed", { code: error.code, retryInMs });
    options.onState({ name: "syncing", reason, error });
    cancelRetry = options.schedule(retryInMs, () => attempt(reason, since));
  };

  return {
    stop,
    begin(reason, since, first) {
      stop();
      run = new AbortController();
      attempt(reason, since, first);
    },
  };
}
