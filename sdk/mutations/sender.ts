import type { Link } from "../connection/link.ts";
import type { HoldfastError } from "../errors.ts";
import { FINAL_CODES } from "../protocol/codes.ts";
import type { ClientPayload, MutateAck } from "../protocol/index.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Entry } from "./entry.ts";

export interface SenderOptions {
  readonly link: Link;
  readonly maxInFlight: number;
  random(): number;
  schedule(delayMs: number, task: () => void): () => void;
  /** Not before others of its entity were answered. */
  mustWait(entry: Entry): boolean;
  /** The frame to send; from now on it is repeated to the letter. */
  frame(entry: Entry): Readonly<Record<string, unknown>>;
  onAck(entry: Entry, ack: MutateAck): void;
  onRejected(entry: Entry, error: HoldfastError): void;
  onRetry(entry: Entry, error: HoldfastError, retryInMs: number): void;
  /** States of entries changed. */
  onChange(): void;
}

/**
 * Sends entries in order, several at once. A refusal that is not final stops the line: what is in flight comes back
 * (the server refuses every higher n until the lowest comes again), then all is sent again from there.
 */
export interface Sender {
  add(entry: Entry): void;
  /** It has its outcome, or is not wanted any more. */
  forget(entry: Entry): void;
  pump(): void;
  /** The link is up and state is synced. */
  resume(): void;
  dispose(): void;
}

/** A write on which the server itself fails this often is given up, else it would hold up all that follow. */
const MAX_INTERNAL = 8;

export function createSender(options: SenderOptions): Sender {
  const { link } = options;
  let waiting: Entry[] = [];
  const flying = new Set<Entry>();
  /** Rises when the line is cut: answers to what was sent before are of no account. */
  let turn = 0;
  let ready = false;
  /** The first refusal of this turn, while the rest of the flight comes home. */
  let refusal: { readonly entry: Entry; readonly error: HoldfastError } | undefined;
  let cancelRetry: (() => void) | undefined;
  let failures = 0;

  const putBack = (entries: Iterable<Entry>): void => {
    for (const entry of entries) {
      entry.state = "queued";
      entry.handle.status("queued");
      waiting.push(entry);
    }
    waiting.sort((a, b) => a.order - b.order);
  };

  const land = (): void => {
    if (refusal === undefined || flying.size > 0 || cancelRetry !== undefined) return;
    const { entry, error } = refusal;
    failures += 1;
    const retryInMs = error.retryAfterMs ?? backoffMs(failures, options.random());
    options.onRetry(entry, error, retryInMs);
    cancelRetry = options.schedule(retryInMs, () => {
      cancelRetry = undefined;
      refusal = undefined;
      pump();
    });
  };

  const onFailure = (entry: Entry, error: HoldfastError): void => {
    const isInternal = error.code === "INTERNAL" && (refusal === undefined || refusal.entry === entry);
    if (FINAL_CODES.includes(error.code) || (isInternal && entry.internalFailures >= MAX_INTERNAL - 1)) {
      failures = 0;
      options.onRejected(entry, error);
      land();
      pump();
      return;
    }
    if (isInternal) entry.internalFailures += 1;
    entry.error = error;
    putBack([entry]);
    if (error.code === "OFFLINE" || error.code === "CLOSED") ready = false;
    else refusal ??= { entry, error };
    land();
    options.onChange();
  };

  const send = (entry: Entry): void => {
    const sentIn = turn;
    // The frame is what the entry's own event takes: whoever made the entry built it for that event.
    // All of these events are answered with what `mutate` is answered with.
    const frame = options.frame(entry) as ClientPayload<"mutate">;
    entry.state = "sent";
    entry.attempts += 1;
    entry.handle.status("sent");
    flying.add(entry);
    const counts = (): boolean => sentIn === turn && flying.delete(entry);
    // Every event of the queue is answered as `mutate` is; one of them stands for all.
    link.request(entry.event as "mutate", frame).then(
      (ack) => {
        if (!counts()) return;
        failures = 0;
        options.onAck(entry, ack);
        land();
        pump();
      },
      (error: HoldfastError) => {
        if (counts()) onFailure(entry, error);
      },
    );
  };

  const pump = (): void => {
    let sent = false;
    while (ready && refusal === undefined && flying.size < options.maxInFlight) {
      const [entry] = waiting;
      if (entry === undefined || options.mustWait(entry)) break;
      waiting.shift();
      send(entry);
      sent = true;
    }
    if (sent) options.onChange();
  };

  const cut = (): void => {
    turn += 1;
    ready = false;
    refusal = undefined;
    cancelRetry?.();
    cancelRetry = undefined;
    if (flying.size === 0) return;
    putBack(flying);
    flying.clear();
    options.onChange();
  };

  const unlisten = link.onDown(cut);

  return {
    add(entry) {
      const last = waiting.at(-1);
      waiting.push(entry);
      if (last !== undefined && last.order > entry.order) waiting.sort((a, b) => a.order - b.order);
    },
    forget(entry) {
      if (!flying.delete(entry) && entry.state === "queued") {
        waiting = waiting.filter((other) => other !== entry);
      }
      if (refusal?.entry === entry && cancelRetry !== undefined) {
        cancelRetry();
        cancelRetry = undefined;
        refusal = undefined;
      }
      land();
    },
    pump,
    resume() {
      ready = true;
      failures = 0;
      pump();
    },
    dispose() {
      cut();
      unlisten();
    },
  };
}
