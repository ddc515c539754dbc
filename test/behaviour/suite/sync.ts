import { describe, expect, test } from "vitest";
import type { OpenServer } from "../server-under-test.ts";
import { createWriter, withServer } from "./with-server.ts";

export function describeSync(name: string, open: OpenServer): void {
  describe(`sync over ${name}`, () => {
    const start = withServer(open);

    test("connection_status is the first event", async () => {
      const { connect } = await start();
      const client = await connect({ auth: { clientId: "c9", projectId: "p1", protocol: 1 } });
      expect(client.events[0]).toMatchObject({
        event: "connection_status",
        payload: { status: "connected", clientId: "c9", protocol: 1, userId: "local", role: "editor" },
      });
    });

    test("a bare state:sync is a full sync of the default project", async () => {
      const { connect } = await start();
      const client = await connect();
      const ack = await client.request("state:sync");
      expect(ack).toMatchObject({
        success: true,
        mode: "snapshot",
        seq: 0,
        project: null,
        sessions: [],
        tasks: [],
        teamMembers: [],
        mail: [],
        collections: {},
        focus: { projectId: "default", focusedSessions: [], totalFocused: 0, maxFocused: 4, version: 0 },
      });
    });

    test("a delta holds each changed entity once, in its last version", async () => {
      const { page } = await start();
      const client = await page();
      const writer = createWriter(client);
      await writer.create("tasks", "t1", { title: "one" });
      const { epoch, seq } = await client.request("state:sync", {});
      for (const title of ["two", "three", "four"]) await writer.set("tasks", "t1", { title });
      await writer.create("tasks", "t2", { title: "other" });
      await writer.remove("tasks", "t2");
      const old = await page({ protocol: undefined });
      expect(await old.request("state:sync", { since: { epoch, seq } })).toMatchObject({
        success: true,
        mode: "delta",
        from: 1,
        seq: 6,
        changes: { tasks: { upserted: [{ id: "t1", title: "four", version: 4 }], removed: ["t2"] } },
        events: [],
      });
      const patched = await client.request("state:sync", { since: { epoch, seq } });
      expect(patched["changes"]).toMatchObject({
        tasks: { upserted: [], patched: [{ id: "t1", version: 4, set: { title: "four" } }], removed: ["t2"] },
      });
    });

    test("the handshake's sync is answered by state:synced", async () => {
      const { page } = await start();
      await createWriter(await page()).create("tasks", "t1", { title: "one" });
      const client = await page({ sync: {} });
      expect(await client.next("state:synced")).toMatchObject({
        success: true,
        mode: "snapshot",
        tasks: [{ id: "t1" }],
      });
    });

    test("a large snapshot comes in pages that repeat the first one's position", async () => {
      const { page } = await start();
      const client = await page();
      const writer = createWriter(client);
      for (let n = 1; n <= 5; n += 1) await writer.create("tasks", `t${n}`, { title: `${n}` });
      const pages = [await client.request("state:sync", { limit: 2 })];
      for (let cursor = cursorOf(pages[0]); cursor !== undefined; cursor = cursorOf(pages.at(-1))) {
        pages.push(await client.request("state:sync", { cursor }));
      }
      expect(pages.map((each) => (each["tasks"] as { id: string }[]).map(({ id }) => id))).toEqual([
        ["t1", "t2"],
        ["t3", "t4"],
        ["t5"],
      ]);
      expect(pages.map((each) => each["page"])).toMatchObject([
        { index: 0, total: 3 },
        { index: 1, total: 3 },
        { index: 2, total: 3 },
      ]);
      expect(new Set(pages.map((each) => each["seq"]))).toEqual(new Set([5]));
      expect(pages[0]).toHaveProperty("focus");
    });
  });
}

function cursorOf(ack: Record<string, unknown> | undefined): string | undefined {
  return (ack?.["page"] as { cursor?: string } | undefined)?.cursor;
}
