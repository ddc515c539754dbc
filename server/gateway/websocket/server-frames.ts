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

/** The events that plain clients are told in words of their own, and what the core sends with each. */
interface Translated {
  readonly "plain:status": object;
  readonly subscribed: { readonly denied?: readonly string[] };
  readonly unsubscribed: object;
  readonly sync_complete: object;
  readonly heartbeat: object;
  readonly pong: object;
  readonly "channel:event": ChannelEvent;
  readonly "terminal:output": TerminalOutput;
  readonly "terminal:resized": TerminalResized;
  readonly "terminal:exit": TerminalExit;
  readonly "server:shutdown": ServerShutdown;
}

type Translate<P> = (payload: P, timestamp: number) => ServerFrame | undefined;

const TRANSLATIONS: { readonly [E in keyof Translated]: Translate<Translated[E]> } = {
  "plain:status": (status) => ({ type: "connection_status", status: "connected", ...status }),
  // `denied` is there only when something was.
  subscribed: ({ denied = [], ...rest }) => ({
    type: "subscribed",
    ...rest,
    ...(denied.length > 0 && { denied }),
  }),
  unsubscribed: (told) => ({ type: "unsubscribed", ...told }),
  sync_complete: (told) => ({ type: "sync_complete", ...told }),
  heartbeat: (told) => ({ type: "heartbeat", ...told }),
  pong: (told) => ({ type: "pong", ...told }),
  "channel:event": ({ channel, projectId, data, timestamp }) => ({
    ...{ type: "event", channel, projectId, data, timestamp },
  }),
  "terminal:output": ({ sessionId, data }, timestamp) => ({ type: "stream", sessionId, data, timestamp }),
  "terminal:resized": ({ sessionId, cols, rows }, timestamp) => ({
    ...{ type: "resized", sessionId, cols, rows, timestamp },
  }),
  // A shutdown is told once for all, and ends no terminal for good.
  "terminal:exit": ({ sessionId, exitCode, reason }, timestamp) =>
    reason === "server_shutdown" ? undefined : { type: "exit", sessionId, exitCode, reason, timestamp },
  "server:shutdown": ({ reconnectAfterMs, timestamp }) => ({
    ...{ type: "server_shutdown", reconnectAfterMs, timestamp },
  }),
};

/** The frame an event of the core becomes; `undefined` for those that plain clients are not told (protocol section 10). */
export function frameOf(event: string, payload: unknown, timestamp: number): ServerFrame | undefined {
  if (!isTranslated(event)) return isItsOwnFrame(event, payload) ? payload : undefined;
  // The core sends with each event what stands in `Translated`.
  const translate = TRANSLATIONS[event] as Translate<unknown>;
  return translate(payload, timestamp);
}

/** The answer to a frame that was refused; its text stands in three places, for whoever reads which. */
export function errorFrame(
  { code, error, details, retryAfterMs }: Omit<Failure, "success">,
  sessionId: string | undefined,
  timestamp: number,
): ServerFrame {
  const texts = { error, message: error, data: error };
  return { type: "error", sessionId, code, ...texts, details, retryAfterMs, timestamp };
}

function isTranslated(event: string): event is keyof Translated {
  return Object.hasOwn(TRANSLATIONS, event);
}

/** Domain events and focus say their type themselves. */
function isItsOwnFrame(event: string, payload: unknown): payload is ServerFrame {
  return typeof payload === "object" && payload !== null && "type" in payload && payload.type === event;
}
