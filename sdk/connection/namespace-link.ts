import { errorOfFailure, HoldfastError } from "../errors.ts";
import type { ConnectionStatus, Failure } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import type { Clock } from "../util/clock.ts";
import { createEmitter } from "../util/emitter.ts";
import { exceedsBytes } from "../util/exceeds-bytes.ts";
import { handled } from "../util/handled.ts";
import type { Link } from "./link.ts";
import type { Wire } from "./transport.ts";

/** A link together with the end that the connection holds. It knows sockets only as the wire it was given last. */
export interface NamespaceLink {
  readonly link: Link;
  /** The server greeted on this wire. */
  raise(wire: Wire, status: ConnectionStatus): void;
  hear(event: string, payload: unknown, reply?: (answer: unknown) => void): void;
  /** The wire is gone: requests on it fail with `OFFLINE`. */
  lower(): void;
  /** As `lower`, for good: every later request fails with `CLOSED`. */
  close(): void;
  /** Handlers registered, for leak tests. */
  readonly handlers: number;
}

export interface NamespaceLinkOptions {
  readonly clock: Clock;
  readonly record: RecordTrace;
  onError(error: unknown): void;
  /** A request was answered after this long. */
  readonly onRoundTrip: ((latencyMs: number) => void) | undefined;
}

const unencodable = (event: string, cause: unknown): HoldfastError =>
  new HoldfastError("BAD_REQUEST", `${event} cannot be encoded as JSON`, { cause });

/** The name, the namespace and the numbers of a frame take what is left of 1 MiB. */
function isTooLarge(event: string, payload: unknown): boolean {
  try {
    return exceedsBytes(payload, LIMITS.frameBytes - 1_024);
  } catch (cause) {
    throw unencodable(event, cause);
  }
}

/** Place in the history of an event, or of the last one of a frame of them. */
function seqOf(payload: unknown): unknown {
  // Anything may come over a wire: the caller checks what is found.
  const { seq, events } = (payload ?? {}) as { readonly seq?: unknown; readonly events?: unknown };
  return Array.isArray(events) ? seqOf(events.at(-1)) : seq;
}

const REQUEST_TIMEOUT_MS = 10_000;
const ANY = "\0any";
const UP = "\0up";
const DOWN = "\0down";

export function createNamespaceLink(options: NamespaceLinkOptions): NamespaceLink {
  const { clock, record, onError, onRoundTrip } = options;
  const handlers = createEmitter(onError);
  const pending = new Set<(error: HoldfastError) => void>();
  let wire: Wire | undefined;
  let up: ConnectionStatus | undefined;
  let isClosed = false;

  /** The wire, if this may be sent now. */
  const open = (event: string, payload: unknown): Wire => {
    if (isClosed) throw new HoldfastError("CLOSED", `${event} was not sent: closed`);
    if (wire === undefined) throw new HoldfastError("OFFLINE", `${event} was not sent: not connected`);
    if (isTooLarge(event, payload)) {
      throw new HoldfastError("PAYLOAD_TOO_LARGE", `${event} was not sent: its frame is over 1 MiB`);
    }
    return wire;
  };

  const link: Link = {
    get up() {
      return up;
    },
    send(event, payload) {
      if (wire === undefined) return false;
      try {
        open(event, payload).send(event, payload);
        record("out", event);
        return true;
      } catch (error) {
        onError(error);
        return false;
      }
    },
    request: (event, payload, { timeoutMs = REQUEST_TIMEOUT_MS, signal } = {}) =>
      handled(
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          const carrier = open(event, payload);
          const sentAt = clock.now();
          const settle = (): boolean => {
            cancelTimeout();
            signal?.removeEventListener("abort", abort);
            return pending.delete(fail);
          };
          const fail = (error: Error): void => {
            if (settle()) reject(error);
          };
          // The reason is the application's own, and an Error unless it chose to give something else.
          const abort = (): void => fail(signal?.reason as Error);
          const cancelTimeout = clock.schedule(timeoutMs, () =>
            fail(new HoldfastError("TIMEOUT", `${event} was not answered within ${timeoutMs} ms`)),
          );
          signal?.addEventListener("abort", abort);
          pending.add(fail);
          record("out", event);
          try {
            carrier.request(event, payload, (answer) => {
              if (!settle()) return;
              onRoundTrip?.(clock.now() - sentAt);
              // The server's word, not checked against a schema: those stay out of the browser's bundle.
              const ack = answer as { readonly success?: unknown } | null | undefined;
              // What is no success is read as a failure field by field; its fields fit the event that was asked.
              const code = ack?.success === true ? undefined : (ack as Partial<Failure> | undefined)?.code;
              record("ack", event, code === undefined ? undefined : { code }, answer);
              // The ack of an event has that event's fields (protocol section 2).
              if (ack?.success === true) return resolve(ack as never);
              reject(
                code === undefined
                  ? new HoldfastError("INTERNAL", `${event} got an answer that is no ack`)
                  : // It has a code: a failure.
                    errorOfFailure(ack as Failure),
              );
            });
          } catch (cause) {
            fail(unencodable(event, cause));
          }
        }),
      ),
    on: (event, listener) => handlers.on(event, listener),
    onAny: (listener) => handlers.on(ANY, listener),
    onUp: (listener) => handlers.on(UP, listener),
    onDown: (listener) => handlers.on(DOWN, listener),
  };

  const lower = (error: HoldfastError): void => {
    const wasUp = up !== undefined;
    wire = undefined;
    up = undefined;
    for (const fail of [...pending]) fail(error);
    if (wasUp) handlers.emit(DOWN);
  };

  return {
    link,
    raise(nextWire, status) {
      wire = nextWire;
      up = status;
      handlers.emit(UP, status);
    },
    hear(event, payload, reply) {
      const seq = seqOf(payload);
      record("in", event, typeof seq === "number" ? { seq } : undefined, payload);
      handlers.emit(ANY, event, payload);
      handlers.emit(event, payload, reply);
    },
    lower: () =>
      lower(new HoldfastError("OFFLINE", "The connection was lost; the call may have been carried out")),
    close() {
      isClosed = true;
      lower(new HoldfastError("CLOSED", "The client was closed"));
    },
    get handlers() {
      return handlers.size;
    },
  };
}
