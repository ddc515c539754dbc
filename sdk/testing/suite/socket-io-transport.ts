import type { CloseCause, Transport } from "../../connection/transport.ts";

/** What is used of socket.io-client's `Socket`. */
export interface SocketIoSocket {
  on(event: "connect", listener: () => void): unknown;
  on(event: "connect_error", listener: (error: Error) => void): unknown;
  on(event: "disconnect", listener: (reason: string) => void): unknown;
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

/** What is used of socket.io-client's `Manager`. */
export interface SocketIoManager {
  socket(namespace: string, options: { auth: Record<string, unknown> }): SocketIoSocket;
}

type ConnectError = Error & { readonly data?: { readonly code?: string; readonly retryAfterMs?: number } };

/**
 * One connection of a bare socket.io-client, which is the caller's: it should be a new `Manager` with
 * `reconnection: false` and `autoConnect: false`.
 */
export function socketIoTransport(manager: SocketIoManager): Transport {
  const sockets: SocketIoSocket[] = [];
  let isClosed = false;
  return {
    join(namespace, auth, listener) {
      const socket = manager.socket(namespace, { auth: { ...auth } });
      let isOver = false;
      const end = (cause: CloseCause): void => {
        if (isOver) return;
        isOver = true;
        if (!isClosed) listener.closed(cause);
      };
      socket.on("connect", () => listener.joined());
      socket.on("connect_error", (error) => end(causeOf(error)));
      socket.on("disconnect", (reason) =>
        end(reason === "io server disconnect" ? { kind: "kicked" } : { kind: "lost", message: reason }),
      );
      socket.onAny((event, ...args) => {
        const last = args.at(-1);
        // The last argument of an event that wants an ack is its callback.
        const reply = typeof last === "function" ? (last as (answer: unknown) => void) : undefined;
        listener.event(event, reply === undefined || args.length > 1 ? args[0] : undefined, reply);
      });
      sockets.push(socket);
      socket.connect();
      // A payload that is left out is not sent at all: a bare `emit("state:sync", ack)`.
      const given = (payload: unknown): unknown[] => (payload === undefined ? [] : [payload]);
      return {
        send: (event, payload) => void socket.emit(event, ...given(payload)),
        request: (event, payload, answer) => void socket.emit(event, ...given(payload), answer),
        leave: () => void socket.disconnect(),
      };
    },
    close() {
      isClosed = true;
      for (const socket of sockets) socket.disconnect();
    },
  };
}

/** What engine.io-client finds out has a type; what the server says has none. */
function causeOf(error: Error): CloseCause {
  const { message } = error;
  if ("type" in error) return { kind: "lost", message };
  // What servers of the protocol send along.
  const { data } = error as ConnectError;
  const { code, retryAfterMs } = data ?? {};
  return {
    kind: "rejected",
    message,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
