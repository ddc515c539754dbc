import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHub } from "../../server/core/hub.ts";
import type { Peer } from "../../server/core/ports/peer.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { type Store, StoreUnavailable } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer, EDITOR } from "./a-caller.ts";

type Ack = Record<string, unknown> & { success: boolean; code?: string };
const FINAL = ["BAD_REQUEST", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "PAYLOAD_TOO_LARGE"];

/** What happens to each transaction: how long it waits, and whether it fails before or after it was applied. */
interface Weather {
  readonly hops: number;
  readonly fails: "no" | "before" | "after";
}

/** A store out of reach now and then; transactions may be decided in another order than they were asked for. */
function inWeather(store: Store, next: () => Weather): Store {
  return {
    ...store,
    async transact(projectId, decide) {
      const { hops, fails } = next();
      for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
      if (fails === "before") throw new StoreUnavailable("out of reach");
      const result = await store.transact(projectId, decide);
      if (fails === "after") throw new StoreUnavailable("out of reach");
      return result;
    },
  };
}

/** One mutation a client wants: appending its n, or something that is refused for good. */
const wish = fc.constantFrom("append", "append", "append", "bad", "missing", "stale");
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      wishes: fc.array(wish, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), back: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ do: "reconnect" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "reuse" as const }) },
);
const weather = fc.record({
  hops: fc.nat(4),
  fails: fc.constantFrom(
    "no" as const,
    "no" as const,
    "no" as const,
    "no" as const,
    "before" as const,
    "after" as const,
  ),
});

async function run(
  actions: readonly (typeof action extends fc.Arbitrary<infer A> ? A : never)[],
  sky: readonly Weather[],
) {
  const clock = createManualClock();
  const memory = createMemoryStore({ now: clock.now });
  let calm = true;
  let drawn = 0;
  const clear: Weather = { hops: 0, fails: "no" };
  const store = inWeather(memory, () => (calm ? clear : (sky[drawn++ % sky.length] ?? clear)));
  const ignore = (): void => undefined;
  const failures: unknown[] = [];
  const hub = createHub({
    store,
    clock,
    log: { debug: ignore, info: ignore, warn: ignore, error: (fields) => void failures.push(fields) },
    createId: () => "id",
    random: () => 0,
    authenticator: { hasVerifier: false, local: EDITOR, verify: async () => "UNAUTHENTICATED" },
  });
  const told: { mutationId: string; seq: number }[] = [];
  memory.onCommit(({ events }) => {
    for (const { envelope } of events) {
      told.push({ mutationId: envelope.mutationId ?? "", seq: envelope.seq ?? 0 });
    }
  });

  let peer: Peer;
  async function connect(): Promise<void> {
    peer = aPeer("p");
    const auth = { projectId: "p1", protocol: 1 };
    const verdict = await hub.admit({ namespace: "/ui", auth, local: true, connection: "c" });
    if (!verdict.ok) throw new Error(verdict.message);
    hub.attach(peer, verdict.admission);
  }
  const send = (body: object): Promise<Ack> =>
    new Promise((resolve) => hub.receive(peer, "mutate", body, (ack) => resolve(ack as Ack)));

  const bodyOf = (n: number, what: string): object => {
    const common = { mutationId: `c1:${n}`, collection: "tasks", id: "t1" };
    if (what === "missing") return { ...common, op: "remove", id: "none" };
    if (what === "stale") return { ...common, op: "remove", ifVersion: 999_999 };
    const path = what === "bad" ? ["__proto__"] : ["log", "-"];
    return { ...common, op: "update", patches: [{ op: "add", path, value: n }] };
  };

  await connect();
  await send({
    mutationId: "c0:1",
    op: "create",
    collection: "tasks",
    id: "t1",
    value: { title: "x", log: [] },
  });
  calm = false;

  let n = 0;
  const bodies = new Map<number, object>();
  const first = new Map<number, Ack>();
  let open: number[] = [];

  /** Sends everything open at once, in order, and keeps what was not decided. */
  async function flush(): Promise<void> {
    const sent = open;
    const acks = await Promise.all(sent.map((each) => send(bodies.get(each) ?? {})));
    const left: number[] = [];
    acks.forEach((ack, index) => {
      const each = sent[index] ?? 0;
      if (!ack.success && !FINAL.includes(ack.code ?? "")) {
        expect(ack.code).toBe("UNAVAILABLE");
        left.push(each);
        return;
      }
      // After one was refused for now, nothing higher was decided.
      expect(left).toEqual([]);
      const { replayed: _, ...ackOnce } = ack;
      first.set(each, ackOnce as Ack);
    });
    open = left;
  }

  for (const step of actions) {
    if (step.do === "send") {
      for (const what of step.wishes) {
        n += 1;
        bodies.set(n, bodyOf(n, what));
        open.push(n);
      }
      await flush();
    } else if (step.do === "reconnect") {
      hub.detach(peer!, "transport close");
      await connect();
    } else if (n > 0 && open.length === 0) {
      const again = step.do === "repeat" ? Math.max(1, n - step.back) : n;
      calm = true;
      if (step.do === "repeat") {
        expect(await send(bodies.get(again) ?? {})).toEqual({ ...first.get(again), replayed: true });
      } else {
        const other = { mutationId: `c1:${again}`, op: "remove", collection: "tasks", id: "t1" };
        expect(await send(other)).toMatchObject({ code: "CONFLICT", details: { reused: true } });
      }
      calm = false;
    }
  }
  for (let attempt = 0; open.length > 0 && attempt < 200; attempt += 1) {
    if (attempt > 100) calm = true;
    await flush();
  }

  const applied = [...first].filter(([, ack]) => ack.success).map(([each]) => each);
  const task = await memory.entity("p1", "tasks", "t1");
  // Applied once each, and in order.
  expect(task?.["log"]).toEqual(applied);
  expect(task?.version).toBe(applied.length + 1);
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index + 1));
  expect(told.slice(1).map(({ mutationId }) => mutationId)).toEqual(applied.map((each) => `c1:${each}`));
  expect(first.size).toBe(n);
  expect(failures).toEqual([]);
  await hub.close();
}

describe("a client's mutations, whatever the weather", () => {
  test("are applied once each, in order, and answered the same however often they are asked for", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    console.info(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 25 }),
        fc.array(weather, { minLength: 1, maxLength: 40 }),
        run,
      ),
      { seed, numRuns: 300 },
    );
  });
});
