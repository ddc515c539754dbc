import { describe, expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { connectFake } from "./connect-fake.ts";
import { LOST } from "./fake-network.ts";

describe("connecting", () => {
  it("goes through connecting and syncing to live, and asks the parts to speak once", () => {
    const fake = connectFake();
    const seen: string[] = [fake.connection.status.getSnapshot().name];
    fake.connection.status.subscribe(() => seen.push(fake.connection.status.getSnapshot().name));
    fake.goLive();
    expect(seen).toEqual(["idle", "connecting", "syncing", "live"]);
    expect(fake.lives).toBe(1);
    expect(fake.network.transports).toHaveLength(1);
    expect(fake.network.last.wire().auth).toEqual({ clientId: "c1", namespace: "/ui" });
  });

  it("touches nothing before it is asked to", () => {
    const { network, clock } = connectFake();
    expect(network.transports).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it("tries again with a new transport, and leaves no handler, timer or wire behind in 1,000 reconnects", () => {
    const { clock, network, connection, link, goLive } = connectFake();
    link.on("focus_update", () => {});
    connection.link("/terminal").on("terminal:output", () => {});
    goLive();
    const settled = { handlers: connection.handlers, timers: clock.waiting };
    for (let n = 0; n < 1_000; n++) {
      network.last.wire("/ui").end(LOST);
      clock.advance(1_000);
      for (const wire of network.last.wires) wire.greet();
      connection.synced();
      expect(connection.status.getSnapshot().name).toBe("live");
      clock.advance(11_000);
    }
    expect(network.transports).toHaveLength(1_001);
    expect(network.transports.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
    expect(network.last.wires).toHaveLength(2);
    expect(connection.handlers).toBe(settled.handlers);
    // The steady timer of the first connection was under way when it was counted.
    expect(clock.waiting).toBe(settled.timers - 1);
  });

  it("gives up an attempt that is never greeted", () => {
    const { clock, connection, network } = connectFake();
    connection.connect();
    clock.advance(4_999);
    expect(connection.status.getSnapshot().name).toBe("connecting");
    clock.advance(1);
    expect(connection.status.getSnapshot()).toMatchObject({
      name: "waiting",
      attempt: 2,
      retryAt: clock.now() + 500,
      error: { code: "TIMEOUT" },
    });
    expect(network.last.isClosed).toBe(true);
  });

  it("has more patience with every attempt, up to 20 s, and little again once it was live", () => {
    const { clock, connection, network, goLive } = connectFake({ random: () => 0 });
    const patience = (): number => {
      const { status } = connection;
      const { attempt } = status.getSnapshot() as { attempt: number };
      const startedAt = clock.now();
      while ((status.getSnapshot() as { attempt?: number }).attempt === attempt) clock.advance(1_000);
      // The wait before the next attempt is over at once.
      clock.advance(0);
      return clock.now() - startedAt;
    };
    connection.connect();
    expect([patience(), patience(), patience(), patience()]).toEqual([5_000, 10_000, 20_000, 20_000]);
    goLive();
    network.last.wire().end();
    clock.advance(0);
    expect(patience()).toBe(5_000);
  });

  it("is refused when the transport cannot be made at all", () => {
    const { connection } = connectFake();
    const broken = connectFake();
    expect(connection.status.getSnapshot().name).toBe("idle");
    broken.network.transports.push = () => {
      throw new TypeError("no such scheme");
    };
    broken.connection.connect();
    expect(broken.connection.status.getSnapshot()).toMatchObject({
      name: "refused",
      error: { code: "BAD_REQUEST" },
    });
  });

  it("keeps the status object while nothing the application sees changes", () => {
    const { clock, connection, goLive } = connectFake();
    goLive();
    const live = connection.status.getSnapshot();
    clock.advance(60_000);
    connection.synced();
    expect(connection.status.getSnapshot()).toBe(live);
  });

  it("runs what a status listener asks for after the change at hand", () => {
    const { connection, network, goLive } = connectFake();
    let restarts = 0;
    connection.status.subscribe(() => {
      if (connection.status.getSnapshot().name === "live" && restarts++ === 0)
        connection.restart("reconnect");
    });
    goLive();
    expect(connection.status.getSnapshot()).toMatchObject({ name: "connecting", reason: "reconnect" });
    expect(network.transports).toHaveLength(2);
  });

  it("says how long a round trip took", () => {
    const { clock, connection, link, network, goLive } = connectFake();
    goLive();
    void link.request("focus:sync", {});
    clock.advance(40);
    network.last.wire().of("focus:sync")[0]!.answer!({ success: true });
    expect(connection.status.getSnapshot()).toMatchObject({ name: "live", latencyMs: 40 });
  });

  it("shows the progress of a large snapshot", () => {
    const { connection, network } = connectFake();
    connection.connect();
    network.last.wire().greet();
    connection.progress({ done: 1, total: 25 });
    expect(connection.status.getSnapshot()).toMatchObject({
      name: "syncing",
      progress: { done: 1, total: 25 },
    });
    connection.synced();
    expect(connection.status.getSnapshot().name).toBe("live");
  });
});

describe("the server's word", () => {
  it("on shutdown sets the wait", () => {
    const { clock, connection, network, goLive } = connectFake();
    goLive();
    network.last.wire().say("server:shutdown", { timestamp: clock.now(), reconnectAfterMs: 3_210 });
    expect(connection.status.getSnapshot().name).toBe("live");
    network.last.wire().end(LOST);
    expect(connection.status.getSnapshot()).toMatchObject({ name: "waiting", retryAt: clock.now() + 3_210 });
  });

  it("when it ends the connection without a reason is answered with a retry", () => {
    const { clock, connection, network, goLive } = connectFake();
    goLive();
    network.last.wire().end({ kind: "kicked" });
    expect(connection.status.getSnapshot()).toMatchObject({
      name: "waiting",
      error: { code: "UNAVAILABLE" },
    });
    clock.advance(1_000);
    expect(connection.status.getSnapshot()).toMatchObject({
      name: "connecting",
      attempt: 2,
      reason: "retry",
    });
  });

  it.each([
    ["FORBIDDEN", "refused"],
    ["BAD_REQUEST", "refused"],
    ["UNSUPPORTED_VERSION", "refused"],
    ["UNAUTHENTICATED", "refused"],
    ["SHUTTING_DOWN", "waiting"],
    ["UNAVAILABLE", "waiting"],
    ["RATE_LIMITED", "waiting"],
    [undefined, "waiting"],
    ["A_CODE_OF_LATER", "refused"],
  ])("%s in a refused handshake means: %s", (code, name) => {
    const { connection, network } = connectFake();
    connection.connect();
    network.last.wire().end({ kind: "rejected", message: "No", ...(code === undefined ? {} : { code }) });
    const status = connection.status.getSnapshot();
    expect(status).toMatchObject({ name, error: { message: "No" } });
  });

  it("that takes the project away is final until the application acts", () => {
    const { connection, network, goLive } = connectFake();
    goLive();
    connection.reject(new HoldfastError("FORBIDDEN", "Access taken back"));
    expect(connection.status.getSnapshot()).toMatchObject({ name: "refused", error: { code: "FORBIDDEN" } });
    expect(network.last.isClosed).toBe(true);
    connection.restart("project");
    expect(connection.status.getSnapshot()).toMatchObject({
      name: "connecting",
      reason: "project",
      attempt: 1,
    });
  });
});

describe("a namespace on demand", () => {
  it("is joined when first asked for, over the same transport, and kept over reconnects", () => {
    const { clock, connection, network, goLive } = connectFake();
    goLive();
    const terminal = connection.link("/terminal");
    expect(network.last.wires.map(({ namespace }) => namespace)).toEqual(["/ui", "/terminal"]);
    expect(connection.link("/terminal")).toBe(terminal);
    network.last.wire("/terminal").greet();
    expect(terminal.up).toBeDefined();
    network.last.wire("/ui").end();
    expect(terminal.up).toBeUndefined();
    clock.advance(1_000);
    expect(network.last.wires.map(({ namespace }) => namespace)).toEqual(["/ui", "/terminal"]);
  });

  it("asked for before connecting waits for the connection", () => {
    const { connection, network } = connectFake();
    connection.link("/terminal");
    expect(network.transports).toEqual([]);
    connection.connect();
    expect(network.last.wires.map(({ namespace }) => namespace)).toEqual(["/ui", "/terminal"]);
  });

  it("that ends alone is joined again while the main one lives on", () => {
    const { clock, connection, network, goLive } = connectFake();
    goLive();
    connection.link("/terminal");
    network.last.wire("/terminal").greet();
    network.last.wire("/terminal").end({ kind: "kicked" });
    expect(connection.status.getSnapshot().name).toBe("live");
    clock.advance(500);
    expect(network.last.wires.filter(({ namespace }) => namespace === "/terminal")).toHaveLength(2);
    expect(network.transports).toHaveLength(1);
  });

  it("that is refused for good is reported, and tried again with the next connection", () => {
    const { clock, connection, network, errors, goLive } = connectFake();
    goLive();
    connection.link("/terminal");
    network.last
      .wire("/terminal")
      .end({ kind: "rejected", message: "Invalid token", code: "UNAUTHENTICATED" });
    expect(errors).toMatchObject([{ code: "UNAUTHENTICATED", message: "Invalid token" }]);
    clock.advance(60_000);
    expect(network.last.wires).toHaveLength(2);
    connection.restart("reconnect");
    expect(network.last.wires).toHaveLength(2);
    expect(network.transports).toHaveLength(2);
  });
});

describe("closing", () => {
  it("ends everything, once", () => {
    const { clock, connection, network, link, goLive } = connectFake();
    const downs: string[] = [];
    link.onDown(() => downs.push("down"));
    goLive();
    connection.close();
    connection.close();
    expect(connection.status.getSnapshot()).toMatchObject({ name: "closed" });
    expect(network.last.isClosed).toBe(true);
    expect(downs).toEqual(["down"]);
    expect(clock.waiting).toBe(0);
    connection.connect();
    connection.restart("reconnect");
    expect(network.transports).toHaveLength(1);
  });

  it("while waiting cancels the retry", () => {
    const { clock, connection, network } = connectFake();
    connection.connect();
    network.last.wire().end();
    connection.close();
    expect(clock.waiting).toBe(0);
  });
});
