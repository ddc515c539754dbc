// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { createWake, type Hint } from "../../sdk/connection/wake.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { connectFake } from "./connect-fake.ts";

const setVisibility = (state: DocumentVisibilityState): void => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
const setOnline = (isOnline: boolean): void => {
  Object.defineProperty(navigator, "onLine", { value: isOnline, configurable: true });
  window.dispatchEvent(new Event(isOnline ? "online" : "offline"));
};

afterEach(() => {
  Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  Object.defineProperty(navigator, "onLine", { value: true, configurable: true });
});

describe("wake", () => {
  it("listens between start and stop only", () => {
    const added = [vi.spyOn(window, "addEventListener"), vi.spyOn(document, "addEventListener")];
    const removed = [vi.spyOn(window, "removeEventListener"), vi.spyOn(document, "removeEventListener")];
    const clock = createManualClock();
    const wake = createWake(clock, () => {});
    expect(added.flatMap((spy) => spy.mock.calls)).toEqual([]);
    wake.start();
    wake.start();
    const names = added.flatMap((spy) => spy.mock.calls.map(([name]) => name)).sort();
    expect(names).toEqual(["offline", "online", "pageshow", "resume", "visibilitychange"]);
    wake.stop();
    expect(removed.flatMap((spy) => spy.mock.calls.map(([name]) => name)).sort()).toEqual(names);
    expect(clock.waiting).toBe(0);
    vi.restoreAllMocks();
  });

  it.each([
    ["becoming visible", () => setVisibility("visible"), ["wake"]],
    ["becoming hidden", () => setVisibility("hidden"), []],
    ["resume", () => document.dispatchEvent(new Event("resume")), ["wake"]],
    ["freeze", () => document.dispatchEvent(new Event("freeze")), []],
    ["pageshow", () => window.dispatchEvent(new Event("pageshow")), ["wake"]],
    ["offline", () => setOnline(false), ["offline"]],
    ["online", () => setOnline(true), ["online"]],
  ] as const)("hints on %s as it should", (_name, happen, expected) => {
    const hints: Hint[] = [];
    const wake = createWake(createManualClock(), (hint) => hints.push(hint));
    wake.start();
    happen();
    wake.stop();
    expect(hints).toEqual(expected);
  });

  it("hints when the clock jumps, either way, and not on ordinary ticks", () => {
    let time = 0;
    const clock = createManualClock(0);
    const hints: Hint[] = [];
    const jumpy = { now: () => clock.now() + time, schedule: clock.schedule };
    const wake = createWake(jumpy, (hint) => hints.push(hint));
    wake.start();
    clock.advance(60_000);
    expect(hints).toEqual([]);
    time += 3_600_000;
    clock.advance(5_000);
    expect(hints).toEqual(["wake"]);
    clock.advance(60_000);
    time -= 3_600_000;
    clock.advance(5_000);
    expect(hints).toEqual(["wake", "wake"]);
    wake.stop();
  });

  it("takes the slow ticks of a hidden tab for nothing", () => {
    let time = 0;
    const clock = createManualClock(0);
    const hints: Hint[] = [];
    const wake = createWake({ now: () => clock.now() + time, schedule: clock.schedule }, (hint) =>
      hints.push(hint),
    );
    wake.start();
    setVisibility("hidden");
    time += 55_000;
    clock.advance(5_000);
    expect(hints).toEqual([]);
    wake.stop();
  });
});

describe("a hint", () => {
  it("while live sends a probe, and any answer keeps the link", () => {
    for (const ack of [{ success: true }, { success: false, error: "No", code: "FORBIDDEN" }]) {
      const { clock, connection, network, goLive } = connectFake();
      goLive();
      window.dispatchEvent(new Event("offline"));
      const [probe] = network.last.wire().of("channel:unsubscribe");
      clock.advance(2_900);
      probe!.answer!(ack);
      clock.advance(60_000);
      expect(connection.status.getSnapshot().name).toBe("live");
      expect(network.transports).toHaveLength(1);
      connection.close();
    }
  });

  it("while live finds a half-open link within 3 s", async () => {
    const { clock, connection, network, goLive } = connectFake();
    goLive();
    setVisibility("visible");
    window.dispatchEvent(new Event("pageshow"));
    expect(network.last.wire().of("channel:unsubscribe")).toHaveLength(1);
    clock.advance(3_000);
    expect(connection.status.getSnapshot()).toMatchObject({ name: "waiting", error: { code: "TIMEOUT" } });
    clock.advance(500);
    expect(network.transports).toHaveLength(2);
    connection.close();
  });

  it("of no network does not cut a link that works", () => {
    const { connection, network, goLive } = connectFake();
    goLive();
    setOnline(false);
    network.last.wire().of("channel:unsubscribe")[0]!.answer!({ success: true });
    expect(connection.status.getSnapshot().name).toBe("live");
    connection.close();
  });

  it("of no network shows while waiting, is tested all the same, and ends with the network", () => {
    const { clock, connection, network } = connectFake();
    connection.connect();
    network.last.wire().end();
    setOnline(false);
    expect(connection.status.getSnapshot()).toMatchObject({ name: "offline", attempt: 2 });
    clock.advance(1_000);
    expect(connection.status.getSnapshot().name).toBe("connecting");
    network.last.wire().end();
    expect(connection.status.getSnapshot().name).toBe("offline");
    setOnline(true);
    expect(connection.status.getSnapshot()).toMatchObject({ name: "connecting", reason: "online" });
    connection.close();
  });

  it("is heard no more once refused or closed", () => {
    const { connection, network } = connectFake();
    connection.connect();
    network.last.wire().end({ kind: "rejected", message: "No", code: "FORBIDDEN" });
    setOnline(true);
    expect(connection.status.getSnapshot().name).toBe("refused");
    connection.connect();
    expect(network.transports).toHaveLength(2);
    connection.close();
  });
});
