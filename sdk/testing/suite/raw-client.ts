import type { CloseCause, Transport, Wire } from "../../connection/transport.ts";
import { createHearing, type Heard } from "./hearing.ts";
import type { IdScope } from "./id-scope.ts";
import { inTime } from "./in-time.ts";

/** What a bare client sees and does: no state, no reconnecting. */
export interface RawClient {
  /** Everything heard so far, in order. */
  readonly events: readonly Heard[];
  /** The next event of this name that `next` did not give yet; rejects when none comes in time. */
  next(event: string): Promise<unknown>;
  emit(event: string, payload?: unknown): void;
  /** Resolves with the ack; rejects when none comes in time. */
  request(event: string, payload?: unknown): Promise<Record<string, unknown>>;
  /** How the connection ended: `kicked`, `lost` or `left`. */
  readonly closed: Promise<string>;
  /** Answers the server's requests for an ack to this event. */
  answer(event: string, reply: (payload: unknown) => unknown): void;
  /** Another namespace over the same connection. */
  join(namespace: string, auth?: object): Promise<RawClient>;
  close(): void;
  /** The network breaks. */
  cut(): void;
}

/** A connection the server refused. */
export class Refused extends Error {
  readonly data: { readonly code?: string; readonly retryAfterMs?: number };
  constructor({ message, code, retryAfterMs }: Extract<CloseCause, { kind: "rejected" }>) {
    super(message);
    this.data = {
      ...(code === undefined ? {} : { code }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
}

export interface RawClientOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly auth: object;
  readonly timeoutMs: number;
  /** Default: ids are what they are. */
  readonly scope?: IdScope | undefined;
  cut(): void;
}

/** Joins a namespace; resolves once `connection_status` was heard. @throws Refused */
export async function joinRaw(options: RawClientOptions): Promise<RawClient> {
  const { transport, namespace, auth, timeoutMs, scope, cut } = options;
  const { events, heard, next } = createHearing(timeoutMs);
  const answers = new Map<string, (payload: unknown) => unknown>();
  const out = <T>(value: T): T => (scope === undefined ? value : scope.out(value));
  const taken = (value: unknown): unknown => {
    const plain = asBytes(value);
    return scope === undefined ? plain : scope.in(plain);
  };
  let end: (cause: string) => void;
  const closed = new Promise<string>((resolve) => {
    end = resolve;
  });
  const joined = new Promise<Wire>((resolve, reject) => {
    let isJoined = false;
    // What a handshake carries are fields.
    const said = out(auth) as Readonly<Record<string, unknown>>;
    const made = transport.join(namespace, said, {
      joined() {
        isJoined = true;
        // Listeners may be called within `join`.
        queueMicrotask(() => resolve(made));
      },
      event(name, payload, reply) {
        const plain = taken(payload);
        heard(name, plain);
        reply?.(out(answers.get(name)?.(plain)));
      },
      closed(cause) {
        if (!isJoined) reject(cause.kind === "rejected" ? new Refused(cause) : new Error(cause.kind));
        end(cause.kind);
      },
    });
  });
  const wire = await inTime(joined, `connection to ${namespace}`, timeoutMs);
  await next("connection_status");
  return {
    events,
    next,
    closed,
    cut,
    emit: (event, payload) => wire.send(event, out(payload)),
    request: (event, payload) =>
      inTime(
        new Promise((resolve) => {
          // An ack is an object (protocol section 2); what else comes is compared as it is.
          wire.request(event, out(payload), (ack) => resolve(taken(ack) as Record<string, unknown>));
        }),
        `ack of ${event}`,
        timeoutMs,
      ),
    answer: (event, reply) => void answers.set(event, reply),
    join: (other, otherAuth = auth) => joinRaw({ ...options, namespace: other, auth: otherAuth }),
    close() {
      transport.close();
      end("left");
    },
  };
}

/** Node's client gives buffers, a browser's array buffers: both compare unlike plain bytes. */
function asBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(asBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asBytes(item)]));
}
