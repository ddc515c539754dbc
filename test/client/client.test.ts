import { describe, expect, it, vi } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import { fakeClient } from "./fake-client.ts";
import { envelope, task } from "./wire-data.ts";

function faultOf(misuse: () => unknown): unknown {
  try {
    misuse();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("createClient", () => {
  it.each([
    ["no url", {}],
    ["a url that is none", { url: "live.example.com" }],
    ["a url of another kind", { url: "ftp://live.example.com" }],
    ["a namespace nobody lives in", { url: "http://x", namespace: "/terminal" }],
    ["an agent without a name", { url: "http://x", namespace: "/cli" }],
    ["a project that is no id", { url: "http://x", projectId: "a b" }],
    ["an empty project", { url: "http://x", projectId: "" }],
    ["auth without getToken", { url: "http://x", auth: { token: "t" } }],
  ])("refuses %s, and says what to do", (_name, options) => {
    const error = faultOf(() => createClient(options as unknown as ClientOptions));
    expect(error).toMatchObject({ name: "HoldfastError", code: "BAD_REQUEST", retry: "never" });
    expect(error).toHaveProperty("remedy");
  });

  it("says hello with what the protocol asks for", () => {
    const { client, network } = fakeClient();
    void client.connect();
    expect(network.last.wire().auth).toEqual({
      projectId: "p1",
      clientId: "id-1",
      protocol: 1,
      batch: true,
      sync: { limit: 2_000 },
    });
  });

  it("lives in another namespace when asked, and as an agent says who it is", () => {
    const { client, network } = fakeClient({ namespace: "/cli", sessionId: "s1" });
    void client.connect();
    expect(network.last.wire("/cli").auth).toMatchObject({ sessionId: "s1", projectId: "p1" });
  });

  it("names the project `default` when the application names none", () => {
    const client = createClient({ url: "http://x" });
    expect(client.projectId).toBe("default");
  });

  it("makes clients that do not know each other", () => {
    const [one, two] = [createClient({ url: "http://x" }), createClient({ url: "http://x" })];
    expect(one.clientId).not.toBe(two.clientId);
    expect(one.clientId).toMatch(/^[\w-]{21}$/);
  });
});

describe("on", () => {
  it("hears live events once and in order, over reconnects, and what was missed as replayed", async () => {
    const fake = fakeClient();
    const heard: unknown[] = [];
    fake.client.on("notify:progress", ({ seq, replayed }) => heard.push([seq, replayed]));
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    fake.network.last.wire().say("events", { events: [envelope(1), envelope(2)] });
    fake.network.last.wire().say("events", { events: [envelope(2), envelope(3)] });
    fake.network.last.wire().end();
    await fake.settle(1_000);
    const wire = fake.network.last.wire();
    wire.greet();
    wire.say("state:synced", {
      success: true,
      mode: "delta",
      epoch: "e1",
      seq: 5,
      from: 3,
      changes: {},
      events: [envelope(4), envelope(5)],
      focus: {
        projectId: "p1",
        focusedSessions: [],
        totalFocused: 0,
        maxFocused: 4,
        version: 0,
        epoch: "e1",
      },
      serverTime: 1,
    });
    await fake.settle();
    wire.say("events", { events: [envelope(6)] });
    expect(heard).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
      [5, true],
      [6, false],
    ]);
  });

  it("stops by its return value and by its signal", async () => {
    const fake = fakeClient();
    const heard: string[] = [];
    const controller = new AbortController();
    const off = fake.client.on("notify:progress", () => heard.push("off"));
    fake.client.on("notify:progress", () => heard.push("signal"), { signal: controller.signal });
    fake.client.on("notify:progress", () => heard.push("aborted"), { signal: AbortSignal.abort() });
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    fake.network.last.wire().say("events", { events: [envelope(1)] });
    off();
    controller.abort();
    fake.network.last.wire().say("events", { events: [envelope(2)] });
    expect(heard).toEqual(["off", "signal"]);
  });
});

describe("errors beside any call", () => {
  it("reach every onError listener, and the console when there is none", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const fake = fakeClient();
    const heard: unknown[] = [];
    const off = fake.client.onError((error) => heard.push(error));
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    fake.network.last.wire().say("error_message", { event: "subscribe", error: "No", code: "FORBIDDEN" });
    expect(heard).toMatchObject([{ code: "FORBIDDEN", message: "subscribe: No" }]);
    expect(fake.errors).toEqual(heard);
    expect(said).not.toHaveBeenCalled();
    off();
    const quiet = createClient({ url: "http://x", transport: fake.network.connect });
    void quiet.connect();
    fake.network.last.wire().greet();
    fake.network.last.wire().say("error_message", { event: "subscribe", error: "No", code: "FORBIDDEN" });
    expect(said).toHaveBeenCalledTimes(1);
    await quiet.close();
    said.mockRestore();
  });
});

describe("switchProject", () => {
  it("forgets the old project, replaces the socket, and keeps handlers and sources", async () => {
    const fake = fakeClient();
    const heard: unknown[] = [];
    const lists: unknown[] = [];
    fake.client.on("notify:progress", ({ projectId }) => heard.push(projectId));
    fake.client.tasks.subscribe(() => lists.push(fake.client.tasks.list().length));
    void fake.client.connect();
    fake.serve({}, [task("t1", "one", 1)]);
    await fake.settle();
    const live = fake.client.switchProject("p2");
    expect(fake.client.projectId).toBe("p2");
    expect(fake.client.tasks.list()).toEqual([]);
    expect(fake.network.transports[0]!.wire().of("state:sync")).toEqual([]);
    expect(fake.network.last.wire().auth).toMatchObject({ projectId: "p2", sync: { limit: 2_000 } });
    fake.serve({}, [task("t2", "two", 1)]);
    await live;
    fake.network.last.wire().say("events", { events: [{ ...envelope(2), projectId: "p2" }] });
    expect(heard).toEqual(["p2"]);
    expect(lists).toEqual([1, 0, 1]);
  });

  it("before connect starts nothing, and refuses what is no id", async () => {
    const { client, network } = fakeClient();
    await client.switchProject("p2");
    expect(network.transports).toEqual([]);
    expect(() => client.switchProject("no id")).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
    void client.connect();
    expect(network.last.wire().auth["projectId"]).toBe("p2");
  });
});

describe("what extensions get", () => {
  it("is a link of any namespace, the client's clock and ids, and the signal of its end", async () => {
    const fake = fakeClient();
    const internals = fake.client[INTERNALS];
    const terminal = internals.link("/terminal");
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    fake.network.last.wire("/terminal").greet();
    expect(terminal.up).toBeDefined();
    expect(fake.network.last.wire("/terminal").auth).toEqual({
      projectId: "p1",
      clientId: fake.client.clientId,
      protocol: 1,
    });
    expect(internals.createId()).toBe("id-2");
    expect(internals.now()).toBe(fake.clock.now());
    await fake.client.close();
    expect(internals.closed.aborted).toBe(true);
    await expect(terminal.request("terminal:unwatch", { sessionId: "s1" })).rejects.toMatchObject({
      code: "CLOSED",
    });
  });
});

describe("close", () => {
  it("leaves no timer and no socket", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    fake.client.channel("news").subscribe(() => {});
    const pending = fake.client.tasks.create({ title: "never sent" });
    await fake.client.close();
    await expect(pending.acknowledged).rejects.toMatchObject({ code: "CLOSED" });
    expect(fake.clock.waiting).toBe(0);
    expect(fake.network.last.isClosed).toBe(true);
  });
});

describe("client.trace", () => {
  it("tells with each event that came its place in the history, with a frame that of its last", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    const wire = fake.network.last.wire();
    wire.say("events", { events: [envelope(1), envelope(2)] });
    wire.say(envelope(3).event, envelope(3));
    wire.say("bootstrap", { slot: "init", payload: { events: "none" }, index: 0, total: 1 });
    wire.say("events", { events: [] });
    const heard = fake.client.trace.getSnapshot().filter(({ kind }) => kind === "in");
    expect(heard.slice(-4).map(({ name, detail }) => [name, detail])).toEqual([
      ["events", { seq: 2 }],
      [envelope(3).event, { seq: 3 }],
      ["bootstrap", undefined],
      ["events", undefined],
    ]);
    await fake.client.close();
  });

  it("keeps the last 1,000 entries, oldest first, and exports them as plain data", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    let told = 0;
    fake.client.trace.subscribe(() => {
      told += 1;
    });
    const before = fake.client.trace.getSnapshot();
    expect(fake.client.trace.getSnapshot()).toBe(before);
    for (let seq = 1; seq <= 1_500; seq++)
      fake.network.last.wire().say("events", { events: [envelope(seq)] });
    const { entries, dropped, clientId } = fake.client.trace.export();
    expect(clientId).toBe(fake.client.clientId);
    expect(entries).toHaveLength(1_000);
    expect(dropped).toBe(entries[0]!.n - 1);
    expect(told).toBeGreaterThanOrEqual(1_500);
    expect(entries.map(({ n }) => n)).toEqual(entries.map((_, index) => dropped + 1 + index));
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
    await fake.client.close();
  });
});
