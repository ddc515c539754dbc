import { expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { at } from "../read.ts";
import { createWriter } from "../writer.ts";

export const mutations: StateFacts = (fact) => {
  fact(
    "a created task is acked with its entity and told to everyone who joined the project",
    async ({ page }) => {
      const [a, b] = [await page(), await page()];
      const ack = await createWriter(a).create("tasks", "t1", { title: "one" });
      expect(ack).toMatchObject({
        success: true,
        result: {
          id: "t1",
          projectId: "p1",
          title: "one",
          status: "todo",
          sessionIds: [],
          version: 1,
          seq: 1,
        },
        seq: 1,
      });
      for (const client of [a, b]) {
        expect(await client.next("task:created")).toEqual({
          type: "task:created",
          event: "task:created",
          data: ack["result"],
          timestamp: at(ack, "result", "createdAt"),
          projectId: "p1",
          seq: 1,
          epoch: ack["epoch"],
          mutationId: "c1:1",
        });
      }
    },
  );

  fact("a completed task is told as updated, then as completed", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("tasks", "t1", { title: "one" });
    const ack = await writer.set("tasks", "t1", { status: "completed" });
    expect(ack).toMatchObject({
      success: true,
      seq: 3,
      result: { status: "completed", version: 2, seq: 2 },
    });
    expect(await client.next("task:updated")).toMatchObject({ seq: 2, mutationId: "c1:2" });
    expect(await client.next("notify:task_completed")).toMatchObject({
      seq: 3,
      mutationId: "c1:2",
      data: { taskId: "t1", task: { status: "completed" } },
    });
  });

  fact(
    "the same n with the same body gets its first ack again, whatever the order of keys",
    async ({ page }) => {
      const client = await page();
      const first = await client.request("mutate", {
        mutationId: "c1:1",
        op: "create",
        collection: "tasks",
        id: "t1",
        value: { title: "one", deep: { a: 1, b: [2] } },
      });
      const again = await client.request("mutate", {
        id: "t1",
        collection: "tasks",
        value: { deep: { b: [2], a: 1 }, title: "one" },
        op: "create",
        mutationId: "c1:1",
        ackedThrough: 0,
      });
      expect(again).toEqual({ ...first, replayed: true });
    },
  );

  fact("the same n with another body is a conflict that says so", async ({ page }) => {
    const writer = createWriter(await page());
    await writer.create("tasks", "t1", { title: "one" });
    const ack = await writer.mutate(
      { op: "create", collection: "tasks", id: "t2", value: { title: "two" } },
      1,
    );
    expect(ack).toMatchObject({ success: false, code: "CONFLICT", details: { reused: true } });
  });

  fact("an n below the highest that was never answered is expired", async ({ page }) => {
    const writer = createWriter(await page());
    await writer.mutate({ op: "create", collection: "tasks", id: "t1", value: { title: "one" } }, 5);
    const ack = await writer.mutate(
      { op: "create", collection: "tasks", id: "t2", value: { title: "two" } },
      3,
    );
    expect(ack).toMatchObject({ success: false, code: "CONFLICT", details: { expired: true } });
  });

  fact("a final refusal is kept like a success", async ({ page }) => {
    const writer = createWriter(await page());
    await writer.create("tasks", "t1", { title: "one" });
    const refused = await writer.mutate({ op: "remove", collection: "tasks", id: "none" }, 2);
    expect(refused).toMatchObject({ success: false, code: "NOT_FOUND" });
    await writer.mutate({ op: "create", collection: "tasks", id: "none", value: { title: "now" } }, 3);
    const again = await writer.mutate({ op: "remove", collection: "tasks", id: "none" }, 2);
    expect(again).toEqual({ ...refused, replayed: true });
  });

  fact("a malformed mutation is told where, is kept, and counts as answered", async ({ page }) => {
    const writer = createWriter(await page());
    const bad = {
      op: "update",
      collection: "tasks",
      id: "t1",
      patches: [{ op: "replace", path: [], value: 1 }],
    };
    const ack = await writer.mutate(bad, 1);
    expect(ack).toMatchObject({ success: false, code: "BAD_REQUEST" });
    expect(ack["details"]).toMatchObject({ issues: [{ path: ["patches", 0, "path"] }] });
    expect(await writer.mutate(bad, 1)).toEqual({ ...ack, replayed: true });
  });

  fact("an empty title is refused with its path and nothing is told", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("tasks", "t1", { title: "one" });
    const ack = await writer.set("tasks", "t1", { description: "x", title: "" });
    expect(ack).toMatchObject({ success: false, code: "BAD_REQUEST" });
    expect(ack["details"]).toMatchObject({ issues: [{ path: ["patches", 1, "value"] }] });
    expect(client.events.filter(({ event }) => event === "task:updated")).toEqual([]);
  });

  fact("a stale ifVersion is a conflict that carries the current entity", async ({ page }) => {
    const writer = createWriter(await page());
    await writer.create("tasks", "t1", { title: "one" });
    await writer.set("tasks", "t1", { title: "two" });
    const ack = await writer.mutate({ op: "remove", collection: "tasks", id: "t1", ifVersion: 1 });
    expect(ack).toMatchObject({ code: "CONFLICT", details: { current: { title: "two", version: 2 } } });
  });

  fact("mutations sent without waiting are applied and acked in order", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("tasks", "t1", { title: "one", log: [] });
    const order: unknown[] = [];
    const append = (n: number) =>
      writer
        .mutate({
          op: "update",
          collection: "tasks",
          id: "t1",
          patches: [{ op: "add", path: ["log", "-"], value: n }],
        })
        .then((ack) => order.push([n, ack["success"], ack["seq"]]));
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    await Promise.all(numbers.map(append));
    expect(order).toEqual(numbers.map((n) => [n, true, n + 2]));
    expect(await client.request("state:sync", {})).toMatchObject({
      tasks: [{ log: numbers, version: 101 }],
    });
  });

  fact(
    "patches through arrays, whose parent is gone, or to a claim are refused as the page says",
    async ({ page }) => {
      const writer = createWriter(await page());
      await writer.create("tasks", "t1", { title: "one", steps: [{ done: false }] });
      const patch = (op: string, path: (string | number)[], value?: unknown) =>
        writer.mutate({
          op: "update",
          collection: "tasks",
          id: "t1",
          patches: [{ op, path, ...(value === undefined ? {} : { value }) }],
        });
      expect(await patch("replace", ["steps", 0, "done"], true)).toMatchObject({
        result: { steps: [{ done: true }] },
      });
      expect(await patch("replace", ["steps", 1, "done"], true)).toMatchObject({ code: "CONFLICT" });
      expect(await patch("replace", ["claimedBy"], "s1")).toMatchObject({ code: "BAD_REQUEST" });
      expect(await patch("replace", ["version"], 1)).toMatchObject({ code: "BAD_REQUEST" });
      expect(await patch("add", ["x"])).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["patches", 0, "value"] }] },
      });
      const many = Array.from({ length: 257 }, () => ({ op: "remove", path: ["x"] }));
      expect(
        await writer.mutate({ op: "update", collection: "tasks", id: "t1", patches: many }),
      ).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["patches"] }] },
      });
    },
  );
};
