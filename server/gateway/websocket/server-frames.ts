import type {
  ChannelEvent,
  Failure,
  ServerShutdown,
  TerminalExit,
  TerminalOutput,
  TerminalResized,
} from "../../../sdk/protocol/index.ts";

/** A frame as it goes out, before it is text. */
export type ServerFrame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The frame an event of the core becomes; `undefined` for those that plain clients are not told (protocol section 10). */
export function frameOf(event: string, payload: unknown, timestamp: number): ServerFrame | undefined {
  // Each event has the payload of its name: the core sends no other.
  switch (event) {
    case "plain:status":
      return { type: "connection_status", status: "connected", ...(payload as object) };
    case "subscribed":
    case "unsubscribed":
    case "sync_complete":
    case "heartbeat":
    case "pong":
      return { type: event, ...withoutEmpty(payload as object) };
    case "channel:event": {
      const { channel, projectId, data, timestamp: at } = payload as ChannelEvent;
      return { type: "event", channel, projectId, data, timestamp: at };
    }
    case "terminal:output": {
      const { sessionId, data } = payload as TerminalOutput;
      return { type: "stream", sessionId, data, timestamp };
    }
    case "terminal:resized": {
      const { sessionId, cols, rows } = payload as TerminalResized;
      return { type: "resized", sessionId, cols, rows, timestamp };
    }
    case "terminal:exit": {
      const { sessionId, exitCode, reason } = payload as TerminalExit;
      // A shutdown is told once for all, and ends no terminal for good.
      if (reason === "server_shutdown") return undefined;
      return { type: "exit", sessionId, exitCode, reason, timestamp };
    }
    case "server:shutdown": {
      const { reconnectAfterMs, timestamp: at } = payload as ServerShutdown;
      return { type: "server_shutdown", reconnectAfterMs, timestamp: at };
    }
    default:
      return isItsOwnFrame(event, payload) ? payload : undefined;
  }
}

/** The answer to a frame that was refused; its text stands in three places, for whoever reads which. */
export function errorFrame(
  { code, error, details, retryAfterMs }: Omit<Failure, "success">,
  sessionId: string | undefined,
  timestamp: number,
): ServerFrame {
  return {
    type: "error",
    sessionId,
    code,
    error,
    message: error,
    data: error,
    details,
    retryAfterMs,
    timestamp,
  };
}

/** Domain events and focus say their type themselves. */
function isItsOwnFrame(event: string, payload: unknown): payload is ServerFrame {
  return typeof payload === "object" && payload !== null && "type" in payload && payload.type === event;
}

/** `denied` is there only when something was. */
function withoutEmpty(payload: object): object {
  if (!("denied" in payload) || !Array.isArray(payload.denied) || payload.denied.length > 0) return payload;
  const { denied: _, ...rest } = payload;
  return rest;
}
