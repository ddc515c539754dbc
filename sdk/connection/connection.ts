import { HoldfastError } from "../errors.ts";
import type { ConnectionStatus, Namespace } from "../protocol/index.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Clock } from "../util/clock.ts";
import { sameFields } from "../util/same-fields.ts";
import { createCell, type Source } from "../util/source.ts";
import type { Link } from "./link.ts";
import { transition } from "./machine.ts";
import { createNamespaces, errorOfCause } from "./namespaces.ts";
import type { Effect, MachineEvent, State } from "./state.ts";
import type { ClientStatus, ConnectReason, Progress } from "./status.ts";
import { statusOf } from "./status-of.ts";
import type { Timings } from "./timings.ts";
import type { ConnectTransport, Transport } from "./transport.ts";
import { createWake } from "./wake.ts";

/** What the connection needs of the token gate. */
export interface ConnectionAuth {
  /** Another token can be had. */
  readonly canAuthenticate: boolean;
  /** A token that is not known to be expired, or `undefined` where none is needed. */
  obtain(): Promise<string | undefined>;
  /** The server refused the token it was given. */
  refused(error: HoldfastError): void;
  /** The server greeted; returns false when it is somebody else's connection now and must be made anew. */
  greeted(status: ConnectionStatus): boolean;
  lost(): void;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly namespace: Namespace;
  readonly transport: ConnectTransport;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly auth: ConnectionAuth;
  readonly record: RecordTrace;
  random(): number;
  /** `handshake.auth` of a namespace. */
  handshake(namespace: Namespace): Readonly<Record<string, unknown>>;
  onError(error: unknown): void;
  /** What an attempt waits for beside its token, if anything. Never rejects. */
  prepare?(): Promise<unknown> | undefined;
  /** The base is current again: parts say what is due. */
  onLive(): void;
}

/** Carries out what the machine decides. Owns the transport, the timers and the links; not the token, not the state. */
export interface Connection {
  readonly status: Source<ClientStatus>;
  link(namespace: Namespace): Link;
  connect(): void;
  /** Replaces the socket now, unless idle or closed; `between` runs when the old one is gone, in any case. */
  restart(reason: ConnectReason, between?: () => void): void;
  close(): void;
  /** The base follows the server: `live` begins. */
  synced(): void;
  progress(progress: Progress): void;
  /** The server took the project or the connection away. */
  reject(error: HoldfastError): void;
  readonly handlers: number;
}

type TimerName = "attempt" | "retry" | "steady" | "probe";

/** Round trips are told at most this often, so that `status` does not change with every request. */
const LATENCY_EVERY_MS = 5_000;
/** A channel nobody subscribes to: leaving it changes nothing, and every server answers (protocol section 16). */
const PROBE = { channel: "holdfast.probe" };

export function createConnection(options: ConnectionOptions): Connection {
  const { clock, timings, auth, record, random, onError } = options;
  let state: State = { name: "idle" };
  let progress: Progress | undefined;
  let transport: Transport | undefined;
  /** Rises with each attempt and each end: what an earlier one still says is not heard. */
  let generation = 0;
  let latencyAt = 0;
  const timers = new Map<TimerName, () => void>();
  const events: MachineEvent[] = [];
  const betweens: (() => void)[] = [];
  let isRunning = false;

  const status = createCell<ClientStatus>({ name: "idle" }, onError);
  const wake = createWake(clock, (type) => {
    record("hint", type);
    dispatch({ type });
  });

  const cancel = (name: TimerName): void => {
    timers.get(name)?.();
    timers.delete(name);
  };
  const schedule = (name: TimerName, delayMs: number, task: () => void): void => {
    cancel(name);
    timers.set(name, clock.schedule(delayMs, task));
  };

  const namespaces = createNamespaces({
    ...options,
    main: options.namespace,
    onRoundTrip(latencyMs) {
      cancel("probe");
      if (clock.now() - latencyAt < LATENCY_EVERY_MS) return;
      latencyAt = clock.now();
      dispatch({ type: "latency", latencyMs });
    },
    onGreeting(greeting) {
      const greeted = generation;
      cancel("attempt");
      if (!auth.greeted(greeting)) return false;
      dispatch({ type: "up" });
      return greeted === generation;
    },
    onMainClosed(cause) {
      const error = errorOfCause(cause);
      if (error.retry === "after-auth") auth.refused(error);
      dispatch({ type: cause.kind, error });
    },
  });

  const open = (): void => {
    if (state.name !== "connecting") return;
    // The ceiling that waits between attempts have, without their jitter.
    const patienceMs = backoffMs(state.tries, 1, timings.connectMs, timings.connectCapMs);
    // The transport gives up on a socket that does not open; this is for a server that opens and never greets.
    schedule("attempt", patienceMs, () =>
      dispatch({ type: "lost", error: new HoldfastError("TIMEOUT", "The server did not greet in time") }),
    );
    try {
      transport = options.transport({ url: options.url, timeoutMs: patienceMs });
      namespaces.attach(transport);
    } catch (cause) {
      dispatch({
        type: "rejected",
        error: new HoldfastError("BAD_REQUEST", "No transport could be made", { cause }),
      });
    }
  };

  const close = (): void => {
    generation += 1;
    cancel("attempt");
    cancel("steady");
    cancel("probe");
    progress = undefined;
    latencyAt = 0;
    const ended = transport;
    transport = undefined;
    namespaces.detach();
    ended?.close();
    auth.lost();
  };

  /** What the parts do must not stop the machine. */
  const contain = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      onError(error);
    }
  };

  const runBetweens = (): void => {
    for (const between of betweens.splice(0)) contain(between);
  };

  const fetchToken = (): void => {
    runBetweens();
    const mine = ++generation;
    const settle = (event: MachineEvent): void => {
      if (mine === generation) dispatch(event);
    };
    const token = auth.canAuthenticate ? auth.obtain() : undefined;
    const prepared = options.prepare?.();
    if (token === undefined && prepared === undefined) {
      dispatch({ type: "token" });
      return;
    }
    Promise.all([token, prepared]).then(
      () => settle({ type: "token" }),
      (error: HoldfastError) => settle({ type: "tokenFailed", error }),
    );
  };

  const probe = (): void => {
    if (timers.has("probe")) return;
    const error = new HoldfastError("TIMEOUT", "A probe was not answered");
    schedule("probe", timings.probeMs, () => dispatch({ type: "silent", error }));
    // Any answer will do, a refusal too: `onRoundTrip` hears of it.
    void namespaces.link(options.namespace).request("channel:unsubscribe", PROBE);
  };

  const effects: Readonly<Record<Effect, () => void>> = {
    token: fetchToken,
    open,
    close,
    probe,
    cancel: () => cancel("retry"),
    retry() {
      if (state.name !== "waiting" && state.name !== "offline") return;
      schedule("retry", Math.max(0, state.retryAt - clock.now()), () => dispatch({ type: "due" }));
    },
    steady: () => schedule("steady", timings.steadyMs, () => dispatch({ type: "steady" })),
    watch: wake.start,
    unwatch: wake.stop,
  };

  /** What only the machine needs changes nothing for the application. */
  const publish = (): void => {
    const next = statusOf(state, progress);
    if (!sameFields(next, status.getSnapshot())) status.set(next);
  };

  const take = (event: MachineEvent): void => {
    const before = state;
    const step = transition(state, event, {
      now: clock.now(),
      jitter: random(),
      isOffline: wake.isOffline,
      canAuthenticate: auth.canAuthenticate,
      timings,
    });
    state = step.state;
    for (const effect of step.effects) effects[effect]();
    if (state === before) return;
    if (state.name !== before.name) record("status", state.name, { event: event.type });
    publish();
    if (state.name === "live" && before.name !== "live") contain(options.onLive);
    if (state.name === "closed") namespaces.close();
  };

  /** Events that effects and listeners cause wait until the one at hand is done. */
  function dispatch(event: MachineEvent): void {
    events.push(event);
    if (isRunning) return;
    isRunning = true;
    try {
      for (let next = events.shift(); next !== undefined; next = events.shift()) take(next);
    } finally {
      isRunning = false;
    }
  }

  const main = namespaces.link(options.namespace);
  main.on("server:shutdown", (payload) => {
    // Anything may come over a wire: the field is checked before use.
    const { reconnectAfterMs } = payload as { reconnectAfterMs?: unknown };
    if (typeof reconnectAfterMs === "number") dispatch({ type: "shutdown", returnMs: reconnectAfterMs });
  });

  return {
    status,
    link: namespaces.link,
    connect: () => dispatch({ type: "connect" }),
    restart(reason, between) {
      const { name } = state;
      if (between !== undefined) betweens.push(between);
      if (name === "idle" || name === "closed") runBetweens();
      else dispatch({ type: "restart", reason });
    },
    close: () => dispatch({ type: "close" }),
    synced: () => dispatch({ type: "synced" }),
    progress(next) {
      progress = next;
      if (state.name === "syncing") publish();
    },
    reject: (error) => dispatch({ type: "rejected", error }),
    get handlers() {
      return namespaces.handlers;
    },
  };
}
