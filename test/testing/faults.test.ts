import { expect, test } from "vitest";
import { isHoldfastError } from "../../sdk/errors.ts";
import { aSession, aTask } from "../../sdk/testing/index.ts";
import { describeOnBoth, eventually, status, statuses } from "./on-both.ts";

const projects = { p1: { tasks: [aTask({ id: "t1", title: "One" })], sessions: [aSession({ id: "s1" })] } };

describeOnBoth("faults", (open) => {
  test("drop: the client waits, says why, and is live again", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const seen = statuses(client);
    mock.faults.drop();
    await status(client, "waiting");
    await client.whenLive();
    expect(seen.map(({ name }) => name)).toEqual(["waiting", "connecting", "syncing", "live"]);
    expect(seen[0]).toMatchObject({ error: { code: "UNAVAILABLE", message: /transport close/ } });
  });

  test("what happened while the connection was broken is caught up with", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    mock.faults.drop();
    mock.project("p1").update("tasks", "t1", { title: "Two" });
    await status(client, "waiting");
    await client.whenLive();
    expect(client.tasks.get("t1")?.title).toBe("Two");
  });

  test("offline: nothing connects, an edit waits, and is sent once online", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const seen = statuses(client);
    mock.faults.offline();
    const edit = client.tasks.update("t1", (draft) => {
      draft.title = "Offline";
    });
    // A second attempt has failed too.
    await eventually(() => seen.filter(({ name }) => name === "waiting").length).toBeGreaterThan(2);
    expect(client.tasks.get("t1")?.title).toBe("Offline");
    expect(client.mutations.getSnapshot().pending).toHaveLength(1);
    expect(mock.project("p1").state().tasks[0]?.title).toBe("One");
    mock.faults.online();
    await edit.synced;
    expect(mock.project("p1").state().tasks[0]?.title).toBe("Offline");
  });

  test("blackhole: both ends find out by their heartbeats", async () => {
    const { mock, live } = open({ projects, limits: { pingIntervalMs: 50, pingTimeoutMs: 100 } });
    const client = await live();
    mock.faults.blackhole();
    const waiting = await status(client, "waiting");
    expect(waiting.error?.message).toMatch(/ping timeout/);
    mock.faults.online();
    await client.whenLive();
  });

  test("blackhole that ends in time: nothing is lost and nothing reconnects", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const seen = statuses(client);
    mock.faults.blackhole();
    const edit = client.tasks.update("t1", (draft) => {
      draft.title = "Held";
    });
    mock.project("p1").create("tasks", aTask({ id: "t2" }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(mock.project("p1").state().tasks[0]?.title).toBe("One");
    mock.faults.online();
    await edit.synced;
    expect(client.tasks.get("t2")).toBeDefined();
    expect(seen.filter(({ name }) => name !== "live")).toEqual([]);
  });

  test("latency: nothing overtakes, also when it changes", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const titles: (string | undefined)[] = [];
    client.on("task:updated", ({ data }) => titles.push(data.title));
    mock.faults.latency(30);
    for (const title of ["a", "b", "c", "d"]) mock.project("p1").update("tasks", "t1", { title });
    mock.faults.latency(0);
    mock.project("p1").update("tasks", "t1", { title: "e" });
    await eventually(() => titles.length).toBe(5);
    expect(titles).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("rejectNext with a final code: the edit leaves the screen and is reported once", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const rejected: unknown[] = [];
    client.mutations.onRejected((rejection) => rejected.push(rejection));
    mock.faults.rejectNext("CONFLICT", { message: "Somebody was faster", details: { why: "test" } });
    const edit = client.tasks.update("t1", (draft) => {
      draft.title = "Mine";
    });
    expect(client.tasks.get("t1")?.title).toBe("Mine");
    await expect(edit.acknowledged).rejects.toMatchObject({
      code: "CONFLICT",
      message: "Somebody was faster",
      details: { why: "test" },
    });
    expect(client.tasks.get("t1")?.title).toBe("One");
    expect(rejected).toHaveLength(1);
    expect(mock.project("p1").state().tasks[0]?.title).toBe("One");
  });

  test.each(["RATE_LIMITED", "UNAVAILABLE", "INTERNAL"] as const)(
    "rejectNext with %s: the edit and those behind it come again, in order, once",
    async (code) => {
      const { mock, live } = open({ projects });
      const client = await live();
      mock.faults.rejectNext(code, { retryAfterMs: 5 });
      const edits = ["a", "b", "c"].map((title) => client.tasks.create({ title }));
      await Promise.all(edits.map((edit) => edit.synced));
      expect(
        mock
          .project("p1")
          .state()
          .tasks.slice(1)
          .map(({ title }) => title),
      ).toEqual(["a", "b", "c"]);
      expect(mock.sent.filter(({ event }) => event === "mutate").length).toBeGreaterThan(3);
    },
  );

  test("rejectNext of a connection: the client is refused with the code", async () => {
    const { mock, client } = open({ projects });
    mock.faults.rejectNext("FORBIDDEN");
    const refused = client();
    await expect(refused.connect()).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(refused.status.getSnapshot()).toMatchObject({ name: "refused", error: { code: "FORBIDDEN" } });
  });

  test("dropNextAck: the edit is applied, sent again, and answered as before", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    mock.faults.dropNextAck();
    // So that the event of the edit, which settles it too, is still under way when the connection breaks.
    mock.faults.latency(300);
    const edit = client.tasks.create({ title: "once" });
    await eventually(() => mock.project("p1").state().tasks.length).toBe(2);
    mock.faults.latency(0);
    mock.faults.drop();
    await edit.acknowledged;
    await edit.synced;
    expect(mock.sent.filter(({ event }) => event === "mutate")).toHaveLength(2);
    expect(mock.project("p1").state().tasks).toHaveLength(2);
    expect(client.mutations.getSnapshot().pending).toEqual([]);
  });

  test("duplicateNext: listeners hear the event once", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    const heard: unknown[] = [];
    client.on("task:updated", ({ data }) => heard.push(data.version));
    mock.faults.duplicateNext();
    mock.project("p1").update("tasks", "t1", { title: "a" });
    await eventually(() => heard.length).toBe(1);
    mock.project("p1").update("tasks", "t1", { title: "b" });
    await eventually(() => heard.length).toBe(2);
    expect(heard).toEqual([2, 3]);
    const frames = client.trace.export();
    const kinds = JSON.stringify(frames).match(/"events"/g) ?? [];
    expect(kinds.length).toBeGreaterThanOrEqual(3);
  });

  test("expireTokens: the client is told, asks for another token, and is live with it", async () => {
    const { mock, live } = open({ projects });
    const reasons: string[] = [];
    const auth = {
      getToken: ({ reason }: { readonly reason: string }) => `token-${reasons.push(reason)}`,
    };
    const client = await live({ auth });
    mock.faults.expireTokens();
    const tokens = () =>
      mock.sent.flatMap((sent) => (sent.event === "connect" ? [sent.payload["token"]] : []));
    await eventually(tokens).toEqual(["token-1", "token-2"]);
    await client.whenLive();
    expect(reasons).toEqual(["connect", "rejected"]);
  });

  test("bumpEpoch: the client takes a snapshot of the new epoch and keeps what is there", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    await mock.project("p1").focus("s1");
    mock.faults.bumpEpoch();
    mock.project("p1").update("tasks", "t1", { title: "After" });
    await eventually(() => client.tasks.get("t1")?.title).toBe("After");
    expect(client.sessions.get("s1")).toBeDefined();
    expect(mock.project("p1").state()).toMatchObject({
      tasks: [{ id: "t1", version: 2 }],
      sessions: [{ id: "s1" }],
    });
    const synced = mock.sent.filter(({ event }) => event === "state:sync");
    expect(synced.length).toBeGreaterThan(0);
    await client.tasks.create({ title: "new" }).synced;
    expect(client.status.getSnapshot().name).toBe("live");
  });

  test("restart with its data: the client comes back by delta and re-sends what was under way", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    mock.faults.dropNextAck();
    const edit = client.tasks.create({ title: "kept" });
    await eventually(() => mock.project("p1").state().tasks.length).toBe(2);
    mock.faults.restart();
    await edit.synced;
    expect(mock.project("p1").state().tasks).toHaveLength(2);
  });

  test("restart without its data: the client shows what was there at the start", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    await client.tasks.create({ id: "t9", title: "gone" }).synced;
    mock.faults.restart({ keepData: false });
    await status(client, "waiting");
    await client.whenLive();
    expect(client.tasks.list().map(({ id }) => id)).toEqual(["t1"]);
  });

  test("a closed mock refuses clients that were forgotten, and they stop", async () => {
    const { mock, live } = open({ projects });
    const client = await live();
    await mock.close();
    const { error } = await status(client, "refused");
    expect(isHoldfastError(error, "FORBIDDEN")).toBe(true);
  });
});
