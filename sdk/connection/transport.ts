/**
 * What a client needs of a network, and nothing more. `socket-transport.ts` is the one for socket.io;
 * the mock brings its own. One transport stands for one attempt to reach the server: after it closed it stays closed,
 * and the next attempt gets another. A transport finds a half-open link by itself, within `pingIntervalMs` and
 * `pingTimeoutMs` of `connection_status`, and then closes as `lost`. Listeners may be called within `join`.
 */
export interface Transport {
  /** Joins a namespace over this connection; the listener hears everything of it until `closed`. */
  join(namespace: string, auth: Readonly<Record<string, unknown>>, listener: WireListener): Wire;
  /** Ends the connection with all its namespaces. No listener is called any more. */
  close(): void;
}

/** One joined namespace. */
export interface Wire {
  send(event: string, payload: unknown): void;
  /** Sends with an ack; the caller owns the timeout. */
  request(event: string, payload: unknown, answer: (ack: unknown) => void): void;
  /** Leaves the namespace; the connection stays for the others. */
  leave(): void;
}

export interface WireListener {
  joined(): void;
  /** `reply` is there when the server wants an ack. */
  event(name: string, payload: unknown, reply?: (answer: unknown) => void): void;
  /** Called once, for whatever reason it ended: before `joined` it is a failed attempt. */
  closed(cause: CloseCause): void;
}

export type CloseCause =
  /** The server said no, with a reason: `connect_error` with `data`. */
  | {
      readonly kind: "rejected";
      readonly message: string;
      readonly code?: string | undefined;
      readonly retryAfterMs?: number | undefined;
    }
  /** Could not be reached, or the connection broke. */
  | { readonly kind: "lost"; readonly message: string }
  /** The server ended it on purpose. */
  | { readonly kind: "kicked" };

export interface TransportOptions {
  readonly url: string;
  /** Gives up a connection attempt after this long. */
  readonly timeoutMs: number;
}

export type ConnectTransport = (options: TransportOptions) => Transport;
