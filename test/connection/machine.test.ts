import { describe, expect, it } from "vitest";
import { transition } from "../../sdk/connection/machine.ts";
import type { Effect, MachineEvent, State, Surroundings } from "../../sdk/connection/state.ts";
import { TIMINGS } from "../../sdk/connection/timings.ts";
import { HoldfastError } from "../../sdk/errors.ts";

const around: Surroundings = {
  now: 100_000,
  jitter: 0.5,
  isOffline: false,
  canAuthenticate: true,
  timings: TIMINGS,
};
const lost = new HoldfastError("UNAVAILABLE", "lost");
const expired = new HoldfastError("TOKEN_EXPIRED", "expired");
const forbidden = new HoldfastError("FORBIDDEN", "no");
const limited = new HoldfastError("RATE_LIMITED", "slow down", { retryAfterMs: 7_000 });

const effort = { attempt: 3, tries: 2, reason: "retry", rejections: 0 } as const;
const wait = {
  attempt: 3,
  tries: 2,
  retryAt: 105_000,
  rejections: 0,
  isOrdered: false,
  error: lost,
} as const;

const STATES = {
  idle: { name: "idle" },
  connecting: { name: "connecting", ...effort, startedAt: 90_000, hasToken: false },
  opening: { name: "connecting", ...effort, startedAt: 99_000, hasToken: true },
  syncing: { name: "syncing", ...effort },
  live: { name: "live", ...effort, tries: 0, since: 95_000 },
  waiting: { name: "waiting", ...wait },
  offline: { name: "offline", ...wait },
  refused: { name: "refused", error: forbidden },
  closed: { name: "closed" },
} as const satisfies Record<string, State>;

const EVENTS = {
  connect: { type: "connect" },
  close: { type: "close" },
  restart: { type: "restart", reason: "project" },
  token: { type: "token" },
  tokenFailed: { type: "tokenFailed", error: lost },
  up: { type: "up" },
  synced: { type: "synced" },
  steady: { type: "steady" },
  latency: { type: "latency", latencyMs: 12 },
  lost: { type: "lost", error: lost },
  rejected: { type: "rejected", error: forbidden },
  kicked: { type: "kicked", error: lost },
  shutdown: { type: "shutdown", returnMs: 4_000 },
  due: { type: "due" },
  offline: { type: "offline" },
  online: { type: "online" },
  wake: { type: "wake" },
  silent: { type: "silent", error: lost },
} as const satisfies { readonly [T in MachineEvent["type"]]: Extract<MachineEvent, { type: T }> };

/** What happens, as `next state: effects`; a cell that is left out changes nothing. */
const TABLE: Record<keyof typeof STATES, Partial<Record<keyof typeof EVENTS, string>>> = {
  idle: { connect: "connecting: watch token", close: "closed: cancel close unwatch" },
  connecting: {
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    token: "connecting: open",
    tokenFailed: "waiting: cancel close retry",
    up: "syncing:",
    lost: "waiting: cancel close retry",
    rejected: "refused: cancel close unwatch",
    kicked: "waiting: cancel close retry",
    shutdown: "connecting:",
    online: "connecting: close token",
    wake: "connecting: close token",
  },
  opening: {
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    tokenFailed: "waiting: cancel close retry",
    up: "syncing:",
    lost: "waiting: cancel close retry",
    rejected: "refused: cancel close unwatch",
    kicked: "waiting: cancel close retry",
    shutdown: "connecting:",
  },
  syncing: {
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    synced: "live: steady",
    lost: "waiting: cancel close retry",
    rejected: "refused: cancel close unwatch",
    kicked: "waiting: cancel close retry",
    shutdown: "syncing:",
    offline: "syncing: probe",
    online: "syncing: probe",
    wake: "syncing: probe",
    silent: "waiting: cancel close retry",
  },
  live: {
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    steady: "live:",
    latency: "live:",
    lost: "waiting: cancel close retry",
    rejected: "refused: cancel close unwatch",
    kicked: "waiting: cancel close retry",
    shutdown: "live:",
    offline: "live: probe",
    online: "live: probe",
    wake: "live: probe",
    silent: "waiting: cancel close retry",
  },
  waiting: {
    connect: "connecting: cancel token",
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    due: "connecting: cancel token",
    offline: "offline:",
    online: "connecting: cancel token",
    wake: "connecting: cancel token",
  },
  offline: {
    connect: "connecting: cancel token",
    close: "closed: cancel close unwatch",
    restart: "connecting: cancel close token",
    due: "connecting: cancel token",
    online: "connecting: cancel token",
    wake: "connecting: cancel token",
  },
  refused: {
    connect: "connecting: watch token",
    close: "closed: cancel close unwatch",
    restart: "connecting: close watch token",
  },
  closed: {},
};

const step = (state: State, event: MachineEvent, over: Partial<Surroundings> = {}) =>
  transition(state, event, { ...around, ...over });

describe("the table", () => {
  for (const [name, state] of Object.entries(STATES)) {
    for (const [type, event] of Object.entries(EVENTS)) {
      const expected = TABLE[name as keyof typeof STATES][type as keyof typeof EVENTS];
      it(`${name} × ${type} → ${expected ?? "nothing"}`, () => {
        const next = step(state, event);
        const isSame = next.state === state && next.effects.length === 0;
        const told = isSame ? undefined : `${next.state.name}: ${next.effects.join(" ")}`.trim();
        const probed = next.state === state && next.effects.length > 0;
        expect(probed ? `${state.name}: ${next.effects.join(" ")}` : told).toBe(expected);
      });
    }
  }
});

describe("waiting", () => {
  it.each([
    [1, 500],
    [2, 1_000],
    [4, 4_000],
    [6, 16_000],
    [7, 20_000],
    [50, 20_000],
  ])("attempt %i waits at most %i ms, any part of it", (attempt, ceiling) => {
    for (const jitter of [0, 0.25, 1]) {
      const { state } = step({ ...STATES.live, attempt: attempt - 1 }, EVENTS.lost, { jitter });
      expect(state).toMatchObject({
        name: "waiting",
        attempt,
        retryAt: around.now + ceiling * jitter,
        error: lost,
      });
    }
  });

  it("counts attempts on until the connection was steady, and then from 1", () => {
    const dropped = step({ ...STATES.live, attempt: 4 }, EVENTS.lost).state;
    expect(dropped).toMatchObject({ name: "waiting", attempt: 5 });
    const steady = step({ ...STATES.live, attempt: 4 }, EVENTS.steady).state;
    expect(step(steady, EVENTS.lost).state).toMatchObject({ name: "waiting", attempt: 1 });
  });

  it("does not start the count again by syncing alone", () => {
    const live = step(step(STATES.opening, EVENTS.up).state, EVENTS.synced).state;
    expect(step(live, EVENTS.lost).state).toMatchObject({ attempt: 4 });
  });

  it("lasts as long as the server asked, and hints do not cut it short", () => {
    const { state } = step(STATES.opening, { type: "rejected", error: limited });
    expect(state).toMatchObject({ name: "waiting", retryAt: around.now + 7_000, isOrdered: true });
    expect(step(state, EVENTS.wake).state).toBe(state);
    expect(step(state, EVENTS.online).state).toBe(state);
    expect(step(state, EVENTS.connect).state.name).toBe("connecting");
    expect(step(state, EVENTS.due).state.name).toBe("connecting");
  });

  it("takes the wait a stopping server named", () => {
    const told = step(STATES.live, EVENTS.shutdown).state;
    expect(step(told, EVENTS.lost).state).toMatchObject({ retryAt: around.now + 4_000, isOrdered: true });
  });

  it("is bounded whatever the server says", () => {
    const error = new HoldfastError("RATE_LIMITED", "never", { retryAfterMs: Number.MAX_SAFE_INTEGER });
    const { state } = step(STATES.opening, { type: "rejected", error });
    expect(state).toMatchObject({ retryAt: around.now + 3_600_000 });
  });

  it("is offline while the platform says so, and waiting again when it does not", () => {
    expect(step(STATES.live, EVENTS.lost, { isOffline: true }).state.name).toBe("offline");
    const ordered = { ...STATES.offline, isOrdered: true };
    expect(step(ordered, EVENTS.online).state).toMatchObject({ name: "waiting", isOrdered: true });
  });
});

describe("a refused handshake", () => {
  const reject = (error: HoldfastError): MachineEvent => ({ type: "rejected", error });

  it("is tried again at once with another token, then with backoff, then left to the application", () => {
    const second = step(STATES.opening, reject(expired));
    expect(second).toMatchObject({
      state: { name: "connecting", reason: "auth", rejections: 1 },
      effects: ["cancel", "close", "token"] satisfies Effect[],
    });
    let state = second.state;
    for (const rejections of [2, 3]) {
      state = step(state, reject(expired)).state;
      expect(state).toMatchObject({ name: "waiting", rejections });
      state = step(state, EVENTS.due).state;
    }
    expect(step(state, reject(expired)).state).toEqual({ name: "refused", error: expired });
  });

  it("forgets refused tokens once one is accepted", () => {
    const late = { ...STATES.opening, rejections: 3 };
    const live = step(step(late, EVENTS.up).state, EVENTS.synced).state;
    expect(live).toMatchObject({ rejections: 0 });
  });

  it("is left to the application at once where no token can be had", () => {
    expect(step(STATES.opening, reject(expired), { canAuthenticate: false }).state.name).toBe("refused");
  });

  it("is final for codes that never change by themselves", () => {
    for (const code of ["BAD_REQUEST", "FORBIDDEN", "UNSUPPORTED_VERSION"] as const) {
      expect(step(STATES.opening, reject(new HoldfastError(code, "no"))).state.name).toBe("refused");
    }
  });

  it("is worth a retry for codes that say so", () => {
    for (const code of ["UNAVAILABLE", "SHUTTING_DOWN", "RATE_LIMITED", "INTERNAL"] as const) {
      expect(step(STATES.opening, reject(new HoldfastError(code, "no"))).state.name).toBe("waiting");
    }
  });
});

describe("an attempt under way", () => {
  it("is made anew by a hint only when it is old enough to hang", () => {
    expect(step(STATES.opening, EVENTS.wake).state).toBe(STATES.opening);
    expect(step({ ...STATES.opening, startedAt: 90_000 }, EVENTS.wake)).toMatchObject({
      state: { name: "connecting", attempt: 3, startedAt: around.now, hasToken: false },
      effects: ["close", "token"],
    });
  });
});

it("a storm of clients spreads over the whole of its wait", () => {
  const ceiling = 500;
  const slots = new Array<number>(10).fill(0);
  for (let client = 0; client < 5_000; client++) {
    const jitter = (client * 0.618_033_988_749) % 1;
    const { state } = step({ ...STATES.live, attempt: 0 }, EVENTS.lost, { jitter });
    if (state.name !== "waiting") throw new Error(state.name);
    const slot = Math.min(9, Math.floor(((state.retryAt - around.now) / ceiling) * 10));
    slots[slot] = (slots[slot] ?? 0) + 1;
  }
  expect(Math.max(...slots)).toBeLessThan(600);
});
