import { HoldfastError } from "../errors.ts";
import type { Code, ConnectionStatus, Namespace } from "../protocol/index.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Clock } from "../util/clock.ts";
import type { Link } from "./link.ts";
import { createNamespaceLink, type NamespaceLink } from "./namespace-link.ts";
import type { CloseCause, Transport, Wire } from "./transport.ts";

/** The error a wire's end stands for. */
export function errorOfCause(cause: CloseCause): HoldfastError {
  if (cause.kind === "kicked") return new HoldfastError("UNAVAILABLE", "The server ended the connection");
  if (cause.kind === "lost") {
    return new HoldfastError("UNAVAILABLE", `No connection: ${cause.message}`, {
      remedy: "Nothing to do: the client tries again. If it never connects, check url and server.",
    });
  }
  // A code of a newer server is kept as it came; without one nothing says that trying again is pointless.
  const code = (cause.code ?? "UNAVAILABLE") as Code;
  return new HoldfastError(code, cause.message, { retryAfterMs: cause.retryAfterMs });
}

interface Line {
  readonly ends: NamespaceLink;
  /** Identity of the current socket; events of any other are not heard. */
  session?: object;
  wire?: Wire;
  attempts: number;
  cancelRejoin?: () => void;
}

export interface NamespacesOptions {
  readonly main: Namespace;
  readonly clock: Clock;
  readonly record: RecordTrace;
  random(): number;
  /** `handshake.auth` of a namespace, asked anew for each socket. */
  handshake(namespace: Namespace): Readonly<Record<string, unknown>>;
  onError(error: unknown): void;
  onRoundTrip(latencyMs: number): void;
  /** The main namespace was greeted; returns false if its link is not to come up. */
  onGreeting(status: ConnectionStatus): boolean;
  /** The main namespace ended by itself. */
  onMainClosed(cause: CloseCause): void;
}

/**
 * The namespaces of one client over one transport: the main one, whose end is the end of the connection, and those on
 * demand beside it, which are joined again while it lasts. Their links outlive every socket.
 */
export interface Namespaces {
  link(namespace: Namespace): Link;
  /** Joins all known namespaces over a new transport. */
  attach(transport: Transport): void;
  /** The transport is gone. */
  detach(): void;
  close(): void;
  /** Handlers registered on all links, for leak tests. */
  readonly handlers: number;
}

export function createNamespaces(options: NamespacesOptions): Namespaces {
  const { main, clock, record, random, handshake, onError } = options;
  const lines = new Map<Namespace, Line>();
  let transport: Transport | undefined;
  let isClosed = false;

  const drop = (line: Line): void => {
    line.cancelRejoin?.();
    delete line.cancelRejoin;
    delete line.session;
    delete line.wire;
    line.ends.lower();
  };

  /** A namespace beside the main one ended alone. */
  const rejoin = (namespace: Namespace, line: Line, cause: CloseCause): void => {
    const error = errorOfCause(cause);
    // A refused token is the main namespace's business too: with the next one it is joined again.
    if (cause.kind === "rejected" && error.retry !== "backoff") {
      onError(error);
      return;
    }
    line.attempts += 1;
    const waitMs = error.retryAfterMs ?? backoffMs(line.attempts, random());
    line.cancelRejoin = clock.schedule(waitMs, () => join(namespace, line));
  };

  const join = (namespace: Namespace, line: Line): void => {
    if (transport === undefined) return;
    const session = {};
    line.session = session;
    const isMine = (): boolean => line.session === session;
    let greeting: ConnectionStatus | undefined;

    const greet = (status: ConnectionStatus): void => {
      greeting = status;
      record("in", "connection_status", { namespace, connectionId: status.connectionId });
      if (line.wire === undefined || (namespace === main && !options.onGreeting(status)) || !isMine()) return;
      line.attempts = 0;
      line.ends.raise(line.wire, status);
    };

    const wire = transport.join(namespace, handshake(namespace), {
      joined() {},
      event(name, payload, reply) {
        if (!isMine()) return;
        // Nothing is said before the greeting, and it is said once.
        if (name === "connection_status") {
          if (greeting === undefined) greet(payload as ConnectionStatus);
        } else if (greeting !== undefined) line.ends.hear(name, payload, reply);
      },
      closed(cause) {
        if (!isMine()) return;
        record("in", "closed", { namespace, ...cause });
        drop(line);
        if (namespace === main) options.onMainClosed(cause);
        else rejoin(namespace, line, cause);
      },
    });
    if (!isMine()) return;
    line.wire = wire;
    if (greeting !== undefined) greet(greeting);
  };

  const lineOf = (namespace: Namespace): Line => {
    const known = lines.get(namespace);
    if (known !== undefined) return known;
    const onRoundTrip = namespace === main ? options.onRoundTrip : undefined;
    const ends = createNamespaceLink({ clock, record, onError, onRoundTrip });
    const line: Line = { ends, attempts: 0 };
    lines.set(namespace, line);
    if (isClosed) ends.close();
    else join(namespace, line);
    return line;
  };

  return {
    link: (namespace) => lineOf(namespace).ends.link,
    attach(next) {
      transport = next;
      lineOf(main);
      for (const [namespace, line] of lines) {
        line.attempts = 0;
        if (transport === next && line.session === undefined) join(namespace, line);
      }
    },
    detach() {
      transport = undefined;
      for (const line of lines.values()) drop(line);
    },
    close() {
      isClosed = true;
      for (const line of lines.values()) line.ends.close();
    },
    get handlers() {
      let handlers = 0;
      for (const { ends } of lines.values()) handlers += ends.handlers;
      return handlers;
    },
  };
}
