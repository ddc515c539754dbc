import { z } from "zod";
import { collection, defineCollections } from "../../../protocol/collection.ts";
import { anyNumber, anyString, expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import type { RawClient } from "../raw-client.ts";
import { at, listAt } from "../read.ts";
import { createWriter } from "../writer.ts";

const names = (client: RawClient, from = 0): string[] => client.events.slice(from).map(({ event }) => event);

const widgets = () =>
  defineCollections({
    widgets: collection("widget", z.object({ size: z.number().default(1), label: z.string().max(3) })),
  });

export const domainEvents: StateFacts = (fact) => {
  fact("a link made on one side is made on the other, each told after its own change", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("sessions", "s1", { name: "one" });
    await writer.create("tasks", "t1", { title: "one" });
    const from = client.events.length;
    const ack = await writer.set("tasks", "t1", { sessionIds: ["s1"] });
    expect(ack).toMatchObject({ success: true, seq: 6, result: { sessionIds: ["s1"], seq: 3 } });
    expect(await client.next("session:task_added")).toMatchObject({
      seq: 6,
      sessionId: "s1",
      mutationId: "c1:3",
      data: { sessionId: "s1", taskId: "t1", session: { taskIds: ["t1"], version: 2, seq: 5 } },
    });
    expect(names(client, from)).toEqual([
      "task:updated",
      "task:session_added",
      "session:updated",
      "session:task_added",
    ]);
    await writer.remove("tasks", "t1");
    expect(await client.next("session:task_removed")).toMatchObject({ data: { session: { taskIds: [] } } });
  });

  fact("a link to a session that comes later is made when it comes", async ({ page }) => {
    const writer = createWriter(await page());
    await writer.create("tasks", "t1", { title: "one", sessionIds: ["s1"] });
    expect(await writer.create("sessions", "s1", { name: "one" })).toMatchObject({
      result: { taskIds: ["t1"] },
    });
  });

  fact("a failed session releases its claims and notifies", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("sessions", "s1", { name: "one" });
    await writer.create("sessions", "s2", { name: "two" });
    await writer.create("tasks", "t1", { title: "one" });
    const claim = (sessionId: string) =>
      writer.mutate({ op: "claim", collection: "tasks", id: "t1", value: { sessionId } });
    expect(await claim("s1")).toMatchObject({ success: true, result: { claimedBy: "s1", version: 2 } });
    expect(await claim("s1")).toMatchObject({ success: true, result: { claimedBy: "s1", version: 2 } });
    expect(await claim("s2")).toMatchObject({ code: "CONFLICT", details: { claimedBy: "s1" } });
    expect(await claim("none")).toMatchObject({ code: "NOT_FOUND" });
    const from = client.events.length;
    await writer.set("sessions", "s1", { status: "failed" });
    await client.next("notify:session_failed");
    const last = await client.next("task:updated");
    expect(last).toMatchObject({ data: { id: "t1" } });
    expect(names(client, from)).toEqual(["session:updated", "notify:session_failed", "task:updated"]);
    expect(await claim("s2")).toMatchObject({ success: true });
    await writer.remove("sessions", "s2");
    expect(await writer.mutate({ op: "release", collection: "tasks", id: "t1" })).toMatchObject({
      result: { version: 5 },
    });
  });

  fact("each change has its events, and each socket gets each once", async ({ page }) => {
    const client = await page();
    await client.request("subscribe", { sessionIds: ["s1"] });
    const writer = createWriter(client);
    const from = client.events.length;
    await writer.create("projects", "p1", { name: "one" });
    await writer.create("sessions", "s1", { name: "one" });
    await writer.set("sessions", "s1", {
      status: "needs_input",
      needsInput: { active: true, message: "well?" },
    });
    await writer.set("sessions", "s1", { status: "completed" });
    await writer.create("teamMembers", "m1", { name: "ann" });
    await writer.set("teamMembers", "m1", { status: "archived" });
    await writer.create("mail", "x1", { fromSessionId: "s1", toSessionId: "s1", subject: "a", body: "b" });
    await writer.remove("mail", "x1");
    await writer.create("tasks", "t1", { title: "one", sessionStatuses: { s1: "working" } });
    await writer.set("tasks", "t1", { status: "blocked", sessionStatuses: { s1: "completed" } });
    await writer.remove("sessions", "s1");
    await client.next("session:deleted");
    expect(names(client, from)).toEqual([
      "project:created",
      "session:created",
      "session:updated",
      "notify:needs_input",
      "session:updated",
      "notify:session_completed",
      "team_member:created",
      "team_member:updated",
      "team_member:archived",
      "mail:received",
      "mail:deleted",
      "task:created",
      "task:updated",
      "notify:task_blocked",
      "notify:task_session_completed",
      "session:deleted",
    ]);
    const seqs = client.events.slice(from).map(({ payload }) => at(payload, "seq"));
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  fact("an update that changes nothing makes no event", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("tasks", "t1", { title: "one" });
    expect(await writer.set("tasks", "t1", { title: "one" })).toMatchObject({
      result: { version: 1, seq: 1 },
      seq: 1,
    });
    await writer.set("tasks", "t1", { title: "two" });
    expect(await client.next("task:updated")).toMatchObject({ seq: 2 });
  });

  fact("a removed project takes everything with it and starts a new epoch", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    await writer.create("projects", "p1", { name: "one" });
    const { epoch } = await writer.create("tasks", "t1", { title: "one" });
    const removed = await writer.remove("projects", "p1");
    expect(removed).toMatchObject({ success: true, result: null, seq: 3, epoch });
    await client.next("project:deleted");
    const reset = await client.next("state:reset");
    expect(reset).toEqual({ projectId: "p1", epoch: anyString, seq: 0 });
    expect(at(reset, "epoch")).not.toBe(epoch);
    expect(await client.request("state:sync", {})).toMatchObject({
      seq: 0,
      epoch: at(reset, "epoch"),
      tasks: [],
    });
    expect(await writer.mutate({ op: "remove", collection: "projects", id: "p1" }, 3)).toEqual({
      ...removed,
      replayed: true,
    });
  });

  fact(
    "notifications reach every /ui socket that may read the project, and sessions' rooms only theirs",
    async ({ connect, page }) => {
      const dashboard = await connect();
      const listener = await connect();
      await listener.request("subscribe", { sessionIds: ["s1"] });
      const writer = createWriter(await page());
      await writer.create("sessions", "s1", { name: "one" });
      await writer.set("sessions", "s1", { status: "completed" });
      await writer.create("tasks", "t1", { title: "one" });
      await writer.set("tasks", "t1", { status: "completed" });
      await dashboard.next("notify:task_completed");
      await listener.next("notify:task_completed");
      expect(names(dashboard)).toEqual([
        "connection_status",
        "notify:session_completed",
        "notify:task_completed",
      ]);
      expect(names(listener)).toEqual([
        "connection_status",
        "subscribed",
        "session:created",
        "session:updated",
        "notify:session_completed",
        "notify:task_completed",
      ]);
    },
  );

  fact(
    "declared collections have their events, their part of the snapshot, and their schema",
    { setup: { collections: widgets() } },
    async ({ page }) => {
      const client = await page();
      const writer = createWriter(client);
      expect(await writer.create("widgets", "w1", { label: "abc" })).toMatchObject({
        result: { size: 1, label: "abc" },
      });
      expect(await client.next("widget:created")).toMatchObject({ data: { id: "w1" } });
      expect(await writer.create("widgets", "w2", { label: "abcd" })).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["value", "label"] }] },
      });
      expect(await writer.create("gadgets", "g1", {})).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["collection"] }] },
      });
      expect(await client.request("state:sync", {})).toMatchObject({
        collections: { widgets: [{ id: "w1" }] },
      });
    },
  );

  fact("project:unsubscribe and unsubscribe end the events of each", async ({ page }) => {
    const client = await page();
    const other = createWriter(await page(), "c2");
    await client.request("subscribe", { sessionIds: ["s1"] });
    await client.request("project:unsubscribe", { projectId: "p1" });
    await other.create("tasks", "t1", { title: "unheard" });
    await other.create("sessions", "s1", { name: "heard" });
    await client.next("session:created");
    expect(await client.request("unsubscribe")).toMatchObject({ success: true });
    expect(await client.next("unsubscribed")).toEqual({ timestamp: anyNumber });
    await other.set("sessions", "s1", { name: "unheard" });
    await client.request("project:subscribe", { projectId: "p1" });
    await other.create("tasks", "t2", { title: "heard" });
    expect(await client.next("task:created")).toMatchObject({ data: { id: "t2" } });
    expect(names(client)).not.toContain("session:updated");
  });

  fact(
    "a page that asked for batches gets the first event at once and then one frame for many",
    // Long enough for a busy machine to take three writes in it.
    { setup: { limits: { batchMs: 250 } } },
    async ({ page }) => {
      const client = await page({ batch: true });
      const writer = createWriter(client);
      await writer.create("tasks", "t1", { title: "one", description: "a".repeat(100) });
      expect(await client.next("events")).toMatchObject({ events: [{ event: "task:created", seq: 1 }] });
      await Promise.all(["two", "three", "four"].map((title) => writer.set("tasks", "t1", { title })));
      const events = listAt(await client.next("events"), "events");
      expect(events.map((event) => at(event, "seq"))).toEqual([2, 3, 4]);
      expect(events[2]).not.toHaveProperty("data");
      expect(events[2]).toMatchObject({
        event: "task:updated",
        change: { id: "t1", version: 4, set: { title: "four", seq: 4 } },
      });
      expect(names(client)).toEqual(["connection_status", "events", "events"]);
    },
  );
};
