import type { Link } from "../connection/link.ts";
import type { HoldfastError } from "../errors.ts";
import type { ChannelEvent, ChannelSubscribeAck } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import { backoffMs } from "../util/backoff.ts";

export interface SubscriptionOptions {
  readonly channel: string;
  readonly link: Link;
  readonly record: RecordTrace;
  random(): number;
  schedule(delayMs: number, task: () => void): () => void;
  /** In order, each event once; the position is past it already. */
  deliver(event: ChannelEvent): void;
  /** Events after this offset are gone for good. */
  onGap(from: number): void;
  onError(error: unknown): void;
}

/** One channel followed by position: what was missed is asked for, what is known is dropped. */
export interface Subscription {
  /** Subscribes, or catches up after a reconnect. */
  start(): void;
  hear(event: ChannelEvent): void;
  /** The link is down: what was under way will not be answered. */
  pause(): void;
  stop(): void;
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  const { channel, link, record } = options;
  let position: { readonly epoch: string; readonly offset: number } | undefined;
  let isAsking = false;
  /** Events that came while the server's answer was under way. */
  let held: ChannelEvent[] = [];
  let attempts = 0;
  let cancelRetry: (() => void) | undefined;
  let isStopped = false;

  const take = (event: ChannelEvent): void => {
    if (position?.epoch === event.epoch && event.offset <= position.offset) return;
    position = { epoch: event.epoch, offset: event.offset };
    options.deliver(event);
  };

  const follows = (event: ChannelEvent): boolean =>
    position !== undefined && event.epoch === position.epoch && event.offset <= position.offset + 1;

  const settle = ({ epoch, offset, recovered, events }: ChannelSubscribeAck): void => {
    isAsking = false;
    attempts = 0;
    record("channel", channel, { recovered, events: events.length, offset });
    if (!recovered && position !== undefined) options.onGap(position.offset);
    for (const event of events) take(event);
    if (position?.epoch !== epoch || position.offset < offset) position = { epoch, offset };
    const waiting = held;
    held = [];
    for (const event of waiting) hear(event);
  };

  const fail = (error: HoldfastError): void => {
    isAsking = false;
    held = [];
    if (error.code === "OFFLINE" || error.code === "CLOSED") return;
    if (error.retry === "never") {
      options.onError(error);
      return;
    }
    attempts += 1;
    const waitMs = error.retryAfterMs ?? backoffMs(attempts, options.random());
    cancelRetry = options.schedule(waitMs, start);
  };

  function start(): void {
    cancelRetry?.();
    if (isAsking || isStopped || link.up === undefined) return;
    isAsking = true;
    const socket = link.up;
    const since = position === undefined ? {} : { since: position };
    link.request("channel:subscribe", { channel, ...since }).then(
      (ack) => {
        if (!isStopped && link.up === socket) settle(ack);
      },
      (error: HoldfastError) => {
        if (!isStopped && link.up === socket) fail(error);
      },
    );
  }

  function hear(event: ChannelEvent): void {
    if (isStopped) return;
    if (!isAsking && follows(event)) {
      take(event);
      return;
    }
    // Too many to hold are the server's to keep: the answer under way, or the next one, brings them.
    if (held.length < LIMITS.heldEvents) held.push(event);
    if (!isAsking) start();
  }

  return {
    start,
    hear,
    pause() {
      isAsking = false;
      held = [];
      cancelRetry?.();
    },
    stop() {
      isStopped = true;
      cancelRetry?.();
    },
  };
}
