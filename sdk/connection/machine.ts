/**
 * The connection as a pure machine: what it is in, what happened, what comes next and what is to be done.
 * It owns no socket, timer, clock, token or randomness; `connection.ts` carries out the effects.
 *
 *           connect              up               synced
 *     idle ─────────▶ connecting ─────▶ syncing ─────────▶ live
 *                      ▲      │            │                │
 *          due, online,│      │ lost, kicked, rejected (worth a retry), silent
 *         wake, connect│      ▼            ▼                ▼
 *                      ├── waiting ◀───────┴────────────────┘
 *                      │     │ ▲
 *                      │     ▼ │  the platform says that there is no network, or no longer says so
 *                      └── offline
 *
 *     connecting, syncing, live ── rejected for good ──▶ refused ── connect, restart ──▶ connecting
 *     anything but idle, closed ── restart ──▶ connecting
 *     anything                  ── close ────▶ closed
 */
import type { HoldfastError } from "../errors.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Effect, Effort, MachineEvent, Rest, State, Step, Surroundings } from "./state.ts";
import type { ConnectReason } from "./status.ts";

type Named<N extends State["name"]> = Extract<State, { readonly name: N }>;
type Typed<T extends MachineEvent["type"]> = Extract<MachineEvent, { readonly type: T }>;
type Cell<N extends State["name"], T extends MachineEvent["type"]> = (
  state: Named<N>,
  event: Typed<T>,
  around: Surroundings,
) => Step;
type EventName = MachineEvent["type"];

/**
 * What a state does about events; `Ignored` names those that change nothing there. The compiler holds the two together
 * to be every event there is: a new one does not compile until each state says what it does about it.
 */
type Row<N extends State["name"], Ignored extends EventName> = {
  readonly [T in Exclude<EventName, Ignored>]: Cell<N, T>;
} & { readonly [T in Ignored]?: never };

/** Of an attempt that is over, or was never begun. */
type Attempting =
  | "token"
  | "tokenFailed"
  | "up"
  | "synced"
  | "steady"
  | "latency"
  | "lost"
  | "rejected"
  | "kicked";
type Hints = "offline" | "online" | "wake" | "silent" | "shutdown";

interface Table {
  readonly idle: Row<"idle", Attempting | Hints | "restart" | "due">;
  readonly connecting: Row<
    "connecting",
    "connect" | "synced" | "steady" | "latency" | "due" | "offline" | "silent"
  >;
  readonly syncing: Row<"syncing", "connect" | "token" | "tokenFailed" | "up" | "steady" | "latency" | "due">;
  readonly live: Row<"live", "connect" | "token" | "tokenFailed" | "up" | "synced" | "due">;
  readonly waiting: Row<"waiting", Attempting | "silent" | "shutdown">;
  readonly offline: Row<"offline", Attempting | "silent" | "shutdown" | "offline">;
  readonly refused: Row<"refused", Attempting | Hints | "due">;
  readonly closed: Row<"closed", EventName>;
}

/** Handshakes refused for the token's sake before the application is asked: three tokens were tried by then. */
const MAX_REJECTIONS = 3;
/** A server's word on the wait is taken up to this. */
const MAX_ORDERED_MS = 60 * 60_000;

const stay = (state: State): Step => ({ state, effects: [] });
const first: Effort = { attempt: 1, tries: 1, reason: "connect", rejections: 0 };

const begin = (
  { attempt, tries, reason, rejections }: Effort,
  { now }: Surroundings,
  effects: readonly Effect[],
): Step => ({
  state: { name: "connecting", attempt, tries, reason, rejections, startedAt: now, hasToken: false },
  effects: [...effects, "token"],
});

const start = (_state: State, _event: MachineEvent, around: Surroundings): Step =>
  begin(first, around, ["watch"]);

const restart = (_state: State, { reason }: Typed<"restart">, around: Surroundings): Step =>
  begin({ ...first, reason }, around, ["cancel", "close"]);

const finish = (): Step => ({ state: { name: "closed" }, effects: ["cancel", "close", "unwatch"] });

const refuse = (error: HoldfastError): Step => ({
  state: { name: "refused", error },
  effects: ["cancel", "close", "unwatch"],
});

function rest(from: Effort, error: HoldfastError, around: Surroundings, orderedMs?: number): Step {
  const attempt = from.attempt + 1;
  const { backoffBaseMs, backoffCapMs } = around.timings;
  const waitMs =
    orderedMs === undefined
      ? backoffMs(attempt, around.jitter, backoffBaseMs, backoffCapMs)
      : Math.min(orderedMs, MAX_ORDERED_MS);
  return {
    state: {
      name: around.isOffline ? "offline" : "waiting",
      attempt,
      tries: from.tries + 1,
      retryAt: around.now + waitMs,
      rejections: from.rejections,
      isOrdered: orderedMs !== undefined,
      error,
    },
    effects: ["cancel", "close", "retry"],
  };
}

const fail = (state: Effort, { error }: { readonly error: HoldfastError }, around: Surroundings): Step =>
  rest(state, error, around, state.returnMs ?? error.retryAfterMs);

function reject(state: Effort, { error }: Typed<"rejected">, around: Surroundings): Step {
  if (error.retry === "never") return refuse(error);
  if (error.retry === "backoff") return fail(state, { error }, around);
  const rejections = state.rejections + 1;
  if (!around.canAuthenticate || rejections > MAX_REJECTIONS) return refuse(error);
  // The first refusal is most often a token that aged on the way: another is fetched at once.
  if (rejections === 1) {
    const attempt = state.attempt + 1;
    return begin({ ...state, attempt, reason: "auth", rejections }, around, ["cancel", "close"]);
  }
  return fail({ ...state, rejections }, { error }, around);
}

const retry =
  (reason: ConnectReason) =>
  (state: Rest, _event: MachineEvent, around: Surroundings): Step =>
    begin({ ...state, reason }, around, ["cancel"]);

/** Hints do not outvote a server that asked for patience. */
const hint =
  (reason: ConnectReason) =>
  (state: Named<"waiting" | "offline">, event: MachineEvent, around: Surroundings): Step =>
    state.isOrdered ? stay(state) : retry(reason)(state, event, around);

/** An attempt from before a sleep, or from another network, may hang until its timeout; a young one is left alone. */
function renew(state: Named<"connecting">, _event: MachineEvent, around: Surroundings): Step {
  if (around.now - state.startedAt < around.timings.probeMs) return stay(state);
  return begin(state, around, ["close"]);
}

const probe = (state: State): Step => ({ state, effects: ["probe"] });

/** Once connected. */
const joined = {
  restart,
  close: finish,
  lost: fail,
  rejected: reject,
  kicked: fail,
  shutdown: (state: Named<"connecting" | "syncing" | "live">, { returnMs }: Typed<"shutdown">) =>
    stay({ ...state, returnMs }),
};
const probing = { offline: probe, online: probe, wake: probe, silent: fail };
const resting = {
  connect: retry("connect"),
  restart,
  close: finish,
  due: retry("retry"),
  online: hint("online"),
  wake: hint("wake"),
};

const TABLE: Table = {
  idle: { connect: start, close: finish },
  connecting: {
    ...joined,
    token: (state) =>
      state.hasToken ? stay(state) : { state: { ...state, hasToken: true }, effects: ["open"] },
    tokenFailed: fail,
    up: ({ attempt, tries, reason }) => ({
      state: { name: "syncing", attempt, tries, reason, rejections: 0 },
      effects: [],
    }),
    online: renew,
    wake: renew,
  },
  syncing: {
    ...joined,
    ...probing,
    synced: (state, _event, { now }) => ({
      state: { ...state, name: "live", since: now, tries: 0 },
      effects: ["steady"],
    }),
  },
  live: {
    ...joined,
    ...probing,
    steady: (state) => stay({ ...state, attempt: 0 }),
    latency: (state, { latencyMs }) => stay({ ...state, latencyMs }),
  },
  waiting: { ...resting, offline: (state) => stay({ ...state, name: "offline" }) },
  offline: {
    ...resting,
    online: (state, event, around) =>
      state.isOrdered ? stay({ ...state, name: "waiting" }) : retry("online")(state, event, around),
  },
  refused: {
    connect: start,
    restart: (_state, { reason }, around) => begin({ ...first, reason }, around, ["close", "watch"]),
    close: finish,
  },
  closed: {},
};

/** The one transition function. The same state object back means that nothing changed. */
export function transition(state: State, event: MachineEvent, around: Surroundings): Step {
  // The table pairs each cell with its own state and event, which a lookup by two unions cannot express.
  const cells = TABLE[state.name] as { readonly [T in EventName]?: Cell<State["name"], EventName> };
  return cells[event.type]?.(state as never, event as never, around) ?? stay(state);
}
