/** What a frame of a client asks for: one event of the core. */
export interface Asked {
  /** As it came, where it is a known one. */
  readonly type?: string;
  /** The session the frame names, if it names one. */
  readonly sessionId?: string;
  readonly event: string;
  readonly payload: object;
}

type Fields = Readonly<Record<string, unknown>>;
type Meaning = (frame: Fields, urlSessionId: string | undefined) => readonly [event: string, payload: object];

/** Frames about a session may leave it out where the URL names one. */
const sessionIn = ({ sessionId }: Fields, urlSessionId: string | undefined): unknown =>
  sessionId ?? urlSessionId;

const focusing =
  (focused: boolean): Meaning =>
  (frame, url) => [
    "plain:focus",
    { sessionId: sessionIn(frame, url), focused, expectedVersion: frame["expectedVersion"] },
  ];

/** The frames of protocol section 10. What stands in them is judged where it is handled. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [
    "subscribe",
    ({ channel, sessionIds }) =>
      channel === undefined ? ["subscribe", { sessionIds }] : ["plain:subscribe", { channel }],
  ],
  [
    "unsubscribe",
    ({ channel }) => (channel === undefined ? ["unsubscribe", {}] : ["plain:unsubscribe", { channel }]),
  ],
  ["focus", focusing(true)],
  ["blur", focusing(false)],
  ["input", (frame, url) => ["terminal:input", { sessionId: sessionIn(frame, url), input: frame["data"] }]],
  [
    "resize",
    (frame, url) => ["terminal:resize", { ...fieldsOf(frame["data"]), sessionId: sessionIn(frame, url) }],
  ],
  ["sync_request", (frame, url) => ["plain:sync", { sessionId: sessionIn(frame, url) }]],
  ["heartbeat", ({ sessionId }) => ["plain:heartbeat", { sessionId }]],
  ["ping", () => ["ping", {}]],
  ["auth", ({ token }) => ["auth:refresh", { token }]],
]);

/** The types of frames that clients may send. */
export const FRAME_TYPES: readonly string[] = [...MEANINGS.keys()];

/** A frame that asks for nothing. It counts as an event like any other, and is refused as one. */
export const unreadable = (fault: string): Asked => ({ event: "plain:unknown", payload: { fault } });

/** What a text frame asks for. */
export function readFrame(text: string, urlSessionId: string | undefined): Asked {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("The frame is not JSON");
  }
  const frame = fieldsOf(value);
  const { type, sessionId } = frame;
  const named = typeof sessionId === "string" && sessionId.length <= 128 ? { sessionId } : {};
  const meaning = typeof type === "string" ? MEANINGS.get(type) : undefined;
  if (typeof type !== "string" || meaning === undefined)
    return { ...unreadable("The frame has no known type"), ...named };
  const [event, payload] = meaning(frame, urlSessionId);
  return { type, event, payload, ...named };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  // An object that is no array.
  return value as Fields;
}
