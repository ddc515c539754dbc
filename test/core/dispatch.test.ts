import { describe, expect, test } from "vitest";
import { createDispatch } from "../../server/core/dispatch.ts";
import { badRequest, Fault } from "../../server/core/fault.ts";
import { createFaultOf } from "../../server/core/fault-of.ts";
import { createInFlight } from "../../server/core/in-flight.ts";
import { NO_METER } from "../../server/core/ports/meter.ts";
import { type RateLimiter, UNLIMITED } from "../../server/core/ports/rate-limiter.ts";
import type { Route } from "../../server/core/routes.ts";
import { StoreUnavailable } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aCaller, aPeer } from "./a-caller.ts";

function start(routes: Record<string, Partial<Route>>, limiter: RateLimiter = UNLIMITED) {
  const logged: unknown[] = [];
  const ignore = (): void => undefined;
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields: unknown) => void logged.push(fields),
  };
  const counted: string[] = [];
  let isClosing = false;
  const whole = Object.entries(routes).map(([event, route]): [string, Route] => [
    event,
    { namespaces: ["/ui"], bucket: "other", parse: (payload) => payload, handle: () => ({}), ...route },
  ]);
  const dispatch = createDispatch({
    routes: new Map(whole),
    limiter,
    clock: createManualClock(),
    log,
    meter: { ...NO_METER, count: (name) => void counted.push(name) },
    faultOf: createFaultOf(log, () => "id-1"),
    inFlight: createInFlight(),
    isClosing: () => isClosing,
  });
  const peer = aPeer("p");
  const caller = aCaller({ peer });
  return {
    peer,
    logged,
    counted,
    close: () => {
      isClosing = true;
    },
    emit: (event: string, payload?: unknown) => dispatch.receive(caller, event, payload),
    request: (event: string, payload?: unknown) =>
      new Promise((resolve) => dispatch.receive(caller, event, payload, resolve)),
    receive: (event: string, payload: unknown, ack: (answer: unknown) => void) =>
      dispatch.receive(caller, event, payload, ack),
  };
}

describe("dispatch", () => {
  test("an answer at once is acked at once", () => {
    const { receive } = start({ e: { handle: () => ({ x: 1 }) } });
    const acks: unknown[] = [];
    receive("e", {}, (answer) => acks.push(answer));
    expect(acks).toEqual([{ success: true, x: 1 }]);
  });

  const failures: [string, Error, object][] = [
    [
      "a fault",
      new Fault("NOT_FOUND", "no", { details: { a: 1 } }),
      { error: "no", code: "NOT_FOUND", details: { a: 1 } },
    ],
    [
      "a store out of reach",
      new StoreUnavailable("gone", 500),
      { error: "The store is out of reach", code: "UNAVAILABLE", retryAfterMs: 500 },
    ],
    [
      "anything else",
      new Error("secret"),
      { error: "Internal error", code: "INTERNAL", details: { id: "id-1" } },
    ],
  ];
  for (const [name, error, ack] of failures) {
    for (const isLate of [false, true]) {
      test(`${name}, thrown ${isLate ? "later" : "at once"}, becomes a failure and nothing else of it is told`, async () => {
        const handle = isLate
          ? () => Promise.reject(error)
          : () => {
              throw error;
            };
        const { request, emit, peer, logged } = start({ e: { handle } });
        expect(await request("e")).toEqual({ success: false, ...ack });
        emit("e");
        await Promise.resolve();
        await Promise.resolve();
        const { retryAfterMs: _, ...message } = { retryAfterMs: 0, ...ack };
        expect(peer.sent).toEqual([{ event: "error_message", payload: { event: "e", ...message } }]);
        expect(logged).toHaveLength("code" in ack && ack.code === "INTERNAL" ? 2 : 0);
      });
    }
  }

  test("an ack that throws, or a peer that cannot be told, ends nothing", () => {
    const { receive, emit, peer, logged } = start({
      e: {},
      bad: {
        handle: () => {
          throw new Fault("CONFLICT", "no");
        },
      },
    });
    receive("e", {}, () => {
      throw new Error("broken pipe");
    });
    peer.send = () => {
      throw new Error("broken pipe");
    };
    emit("bad");
    expect(logged).toHaveLength(2);
  });

  test("unknown events, and events of other namespaces, are counted and neither answered nor parsed", () => {
    const { emit, peer, counted } = start({ e: { namespaces: ["/cli"] } });
    for (const event of ["e", "none", "__proto__", "toString"]) emit(event);
    expect(counted).toEqual(Array(4).fill("events_unknown"));
    expect(peer.sent).toEqual([]);
  });

  test("a refusal before the handler may be answered by the route", async () => {
    const seen: unknown[] = [];
    const limiter: RateLimiter = { take: () => 9, forget: () => undefined };
    const { request } = start(
      {
        e: {
          refused: (_, payload, fault) => {
            seen.push(payload, fault.code);
            return { success: false, error: "mine", code: fault.code };
          },
        },
        free: {
          bucket: "none",
          parse: () => {
            throw badRequest("bad", []);
          },
        },
      },
      limiter,
    );
    expect(await request("e", { a: 1 })).toEqual({ success: false, error: "mine", code: "RATE_LIMITED" });
    expect(seen).toEqual([{ a: 1 }, "RATE_LIMITED"]);
    expect(await request("free")).toMatchObject({ code: "BAD_REQUEST" });
  });

  test("events keep their order behind one whose rate is judged later", async () => {
    const handled: unknown[] = [];
    const verdicts: ((retryAfterMs: number) => void)[] = [];
    const limiter: RateLimiter = {
      take: (_, bucket) => (bucket === "mutate" ? new Promise((resolve) => verdicts.push(resolve)) : 0),
      forget: () => undefined,
    };
    const handle = (_: unknown, payload: unknown) => {
      handled.push(payload);
      return {};
    };
    const { emit, request } = start(
      { slow: { bucket: "mutate", handle }, quick: { handle }, free: { bucket: "none", handle } },
      limiter,
    );
    emit("slow", 1);
    emit("quick", 2);
    emit("free", 3);
    emit("slow", 4);
    const last = request("quick", 5);
    expect(handled).toEqual([]);
    verdicts[0]?.(0);
    await expect.poll(() => verdicts.length).toBe(2);
    expect(handled).toEqual([1, 2, 3]);
    verdicts[1]?.(0);
    await last;
    expect(handled).toEqual([1, 2, 3, 4, 5]);
  });

  test("a limiter that fails lets pass", async () => {
    const { request } = start(
      { e: {} },
      { take: () => Promise.reject(new Error("down")), forget: () => undefined },
    );
    expect(await request("e")).toEqual({ success: true });
  });

  test("a server that winds up begins nothing new", async () => {
    const { request, close } = start({ e: {} });
    close();
    expect(await request("e")).toMatchObject({ code: "SHUTTING_DOWN" });
  });
});
