import { describe, expect, it, vi } from "vitest";
import { isHoldfastError } from "../../sdk/errors.ts";
import { connectFake } from "./connect-fake.ts";
import { LOST } from "./fake-network.ts";

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "resolved",
    (error: unknown) => (isHoldfastError(error) ? error.code : String(error)),
  );

describe("a request", () => {
  it("resolves with the ack", async () => {
    const { link, network, goLive } = connectFake();
    goLive();
    const answer = link.request("focus:sync", {});
    const [sent] = network.last.wire().of("focus:sync");
    sent!.answer!({ success: true, version: 3 });
    await expect(answer).resolves.toMatchObject({ version: 3 });
  });

  it("rejects with the server's code, details and wait", async () => {
    const { link, network, goLive } = connectFake();
    goLive();
    const answer = link.request("focus:sync", {});
    network.last.wire().of("focus:sync")[0]!.answer!({
      success: false,
      error: "Too fast",
      code: "RATE_LIMITED",
      details: { bucket: "other" },
      retryAfterMs: 250,
    });
    await expect(answer).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: "Too fast",
      details: { bucket: "other" },
      retryAfterMs: 250,
      retry: "backoff",
    });
  });

  it.each([[undefined], [null], ["yes"], [{}], [{ success: false }]])(
    "rejects an answer that is no ack: %j",
    async (answer) => {
      const { link, network, goLive } = connectFake();
      goLive();
      const code = codeOf(link.request("focus:sync", {}));
      network.last.wire().of("focus:sync")[0]!.answer!(answer);
      await expect(code).resolves.toBe("INTERNAL");
    },
  );

  it("fails with OFFLINE while down, and nothing is sent", async () => {
    const { link, network, connection } = connectFake();
    await expect(codeOf(link.request("focus:sync", {}))).resolves.toBe("OFFLINE");
    connection.connect();
    await expect(codeOf(link.request("focus:sync", {}))).resolves.toBe("OFFLINE");
    expect(link.send("ping", undefined)).toBe(false);
    expect(network.last.wire().sent).toEqual([]);
  });

  it("fails with OFFLINE when the link goes down, and a late answer of the old socket changes nothing", async () => {
    const { link, network, goLive } = connectFake();
    goLive();
    const code = codeOf(link.request("focus:sync", {}));
    const wire = network.last.wire();
    wire.end(LOST);
    await expect(code).resolves.toBe("OFFLINE");
    wire.of("focus:sync")[0]!.answer!({ success: true });
  });

  it("fails with TIMEOUT after 10 s", async () => {
    const { link, clock, goLive } = connectFake();
    goLive();
    const code = codeOf(link.request("focus:sync", {}));
    clock.advance(9_999);
    const patient = codeOf(link.request("focus:sync", {}, { timeoutMs: 60_000 }));
    clock.advance(1);
    await expect(code).resolves.toBe("TIMEOUT");
    clock.advance(60_000);
    await expect(patient).resolves.toBe("TIMEOUT");
  });

  it("fails with CLOSED once the client is closed", async () => {
    const { link, connection, goLive } = connectFake();
    goLive();
    const before = codeOf(link.request("focus:sync", {}));
    connection.close();
    await expect(codeOf(link.request("focus:sync", {}))).resolves.toBe("CLOSED");
    // The link went down before it was closed for good: what was sent may have been carried out.
    await expect(before).resolves.toBe("OFFLINE");
  });

  it("rejects with the reason of its signal", async () => {
    const { link, goLive } = connectFake();
    goLive();
    const controller = new AbortController();
    const answer = link.request("focus:sync", {}, { signal: controller.signal });
    controller.abort(new Error("not wanted"));
    await expect(answer).rejects.toThrow("not wanted");
    await expect(link.request("focus:sync", {}, { signal: controller.signal })).rejects.toThrow("not wanted");
  });

  it("over 1 MiB is refused here, in characters of several bytes and in bytes too", async () => {
    const { link, network, goLive } = connectFake();
    goLive();
    const tooLong = { channel: "x", data: "é".repeat(600_000) };
    const fits = { channel: "x", data: "e".repeat(1_000_000) };
    await expect(codeOf(link.request("channel:publish", tooLong))).resolves.toBe("PAYLOAD_TOO_LARGE");
    const bytes = { ptyId: "p", data: new Uint8Array(1_100_000) };
    await expect(codeOf(link.request("terminal:output", bytes))).resolves.toBe("PAYLOAD_TOO_LARGE");
    void link.request("channel:publish", fits);
    expect(network.last.wire().sent).toHaveLength(1);
  });

  it("whose payload cannot be encoded is refused here", async () => {
    const { link, goLive } = connectFake();
    goLive();
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    await expect(
      codeOf(link.request("channel:publish", { channel: "x", data: loop as never })),
    ).resolves.toBe("BAD_REQUEST");
  });

  it("that nobody waits for is no unhandled rejection", async () => {
    const { link } = connectFake();
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    void link.request("focus:sync", {});
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("a listener", () => {
  it("registered once hears every socket, and each event once", () => {
    const { link, clock, network, connection, goLive } = connectFake();
    const heard: unknown[] = [];
    link.on("focus_update", (payload) => heard.push(payload));
    goLive();
    for (let n = 0; n < 5; n++) {
      network.last.wire().say("focus_update", n);
      network.last.wire().end();
      while (connection.status.getSnapshot().name !== "connecting") clock.advance(500);
      network.last.wire().greet();
      connection.synced();
    }
    expect(heard).toEqual([0, 1, 2, 3, 4]);
  });

  it("never hears a socket that was replaced", () => {
    const { link, network, connection, goLive } = connectFake();
    const heard: unknown[] = [];
    link.on("focus_update", (payload) => heard.push(payload));
    network.speakFromTheGrave = true;
    goLive();
    const old = network.last.wire();
    connection.restart("reconnect");
    network.last.wire().greet();
    old.say("focus_update", "old");
    old.end({ kind: "kicked" });
    network.last.wire().say("focus_update", "new");
    expect(heard).toEqual(["new"]);
    expect(connection.status.getSnapshot().name).toBe("syncing");
  });

  it("hears nothing that came before the greeting", () => {
    const { link, network, connection } = connectFake();
    const heard: unknown[] = [];
    link.on("focus_update", (payload) => heard.push(payload));
    connection.connect();
    network.last.wire().say("focus_update", "early");
    network.last.wire().greet();
    network.last.wire().say("focus_update", "then");
    expect(heard).toEqual(["then"]);
  });

  it("that throws is reported, and the others hear the event all the same", () => {
    const { link, network, errors, goLive } = connectFake();
    const heard: string[] = [];
    const fault = new Error("mine");
    link.on("focus_update", () => {
      throw fault;
    });
    link.on("focus_update", () => heard.push("other"));
    goLive();
    network.last.wire().say("focus_update");
    expect(heard).toEqual(["other"]);
    expect(errors).toEqual([fault]);
  });

  it("taken away by another one in the same round is not told any more", () => {
    const { link, network, goLive } = connectFake();
    const heard: string[] = [];
    link.on("focus_update", () => off());
    const off = link.on("focus_update", () => heard.push("late"));
    goLive();
    network.last.wire().say("focus_update");
    expect(heard).toEqual([]);
  });

  it("answers a request of the server", () => {
    const { link, network, goLive } = connectFake();
    link.on("terminal:input", (payload, reply) => reply?.({ success: true, got: payload }));
    goLive();
    const answers: unknown[] = [];
    network.last.wire().say("terminal:input", "ls\r", (answer) => answers.push(answer));
    expect(answers).toEqual([{ success: true, got: "ls\r" }]);
  });

  it("is told of the way up before any later event, and of the way down", () => {
    const { link, network, goLive } = connectFake();
    const told: string[] = [];
    link.onUp(({ connectionId }) => told.push(`up ${connectionId}`));
    link.onDown(() => told.push("down"));
    link.on("bootstrap", () => told.push("bootstrap"));
    goLive();
    network.last.wire().say("bootstrap");
    network.last.wire().end();
    expect(told).toEqual(["up socket-1", "bootstrap", "down"]);
  });
});
