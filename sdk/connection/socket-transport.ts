import { Manager, NodeXHR, type Socket } from "socket.io-client";
import { CurrentWebSocket } from "./current-web-socket.ts";
import type { CloseCause, ConnectTransport, WireListener } from "./transport.ts";

/** Binary fields arrive as `ArrayBuffer` here and as `Buffer` there; parts know `Uint8Array` only. */
function withBytes(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null) return payload;
  // Fields of a decoded packet, which is ours alone.
  const fields = payload as Record<string, unknown>;
  for (const key in fields) {
    const field = fields[key];
    if (field instanceof ArrayBuffer) fields[key] = new Uint8Array(field);
  }
  return payload;
}

function causeOf(error: Error & { data?: unknown }, isRejection: boolean): CloseCause {
  if (!isRejection) return { kind: "lost", message: error.message };
  // Anything may come over a wire: both fields are checked before use.
  const { code, retryAfterMs } = (error.data ?? {}) as { code?: unknown; retryAfterMs?: unknown };
  return {
    kind: "rejected",
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
  };
}

function follow(socket: Socket, listener: WireListener): void {
  socket.on("connect", listener.joined);
  // The library leaves a socket that was refused by the server, and keeps one that could not be connected.
  socket.on("connect_error", (error) => listener.closed(causeOf(error, !socket.active)));
  socket.on("disconnect", (reason) =>
    listener.closed(
      reason === "io server disconnect" ? { kind: "kicked" } : { kind: "lost", message: reason },
    ),
  );
  socket.onAny((name: string, ...args: unknown[]) => {
    const last = args.at(-1);
    // socket.io appends a function exactly when the server asked for an ack.
    const reply = typeof last === "function" ? (last as (answer: unknown) => void) : undefined;
    listener.event(name, args[0] === reply ? undefined : withBytes(args[0]), reply);
  });
}

function unfollow(socket: Socket): void {
  socket.off();
  socket.offAny();
}

/**
 * socket.io-client with all of its own reconnecting off: one manager per attempt, namespaces multiplexed.
 * WebSocket first, long-polling where a WebSocket cannot be opened; where it hangs, polling goes first the next time.
 */
export function createSocketTransport(): ConnectTransport {
  let isWebSocketHanging = false;
  return ({ url, timeoutMs }) => {
    const { protocol, hostname, port, pathname } = new URL(url);
    // Named through `transportOptions`, since the engine closes on the window's `offline` event unless its own host is
    // localhost; here that event is a hint to probe.
    const host = { hostname: hostname.replace(/^\[|\]$/g, "") };
    const manager = new Manager({
      hostname: "localhost",
      secure: protocol === "https:" || protocol === "wss:",
      ...(port === "" ? {} : { port }),
      path: `${pathname.replace(/\/$/, "")}/socket.io`,
      transports: isWebSocketHanging ? [NodeXHR, CurrentWebSocket] : [CurrentWebSocket, NodeXHR],
      transportOptions: { websocket: host, polling: host },
      tryAllTransports: true,
      reconnection: false,
      autoConnect: false,
      timeout: timeoutMs,
    });
    manager.on("error", (error) => {
      // The manager's own timeout is the one error that is not a transport's.
      if (!("type" in error)) isWebSocketHanging = !isWebSocketHanging;
    });
    const sockets = new Set<Socket>();
    return {
      join(namespace, auth, listener) {
        const socket = manager.socket(namespace);
        unfollow(socket);
        socket.auth = auth;
        follow(socket, listener);
        sockets.add(socket);
        socket.connect();
        return {
          send: (event, payload) => void socket.emit(event, payload),
          request: (event, payload, answer) =>
            void socket.emit(event, payload, (ack: unknown) => answer(withBytes(ack))),
          leave() {
            unfollow(socket);
            socket.disconnect();
          },
        };
      },
      close() {
        manager.off();
        for (const socket of sockets) {
          unfollow(socket);
          socket.disconnect();
        }
      },
    };
  };
}
