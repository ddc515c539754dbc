import { expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { at, listAt } from "../read.ts";
import { createWriter } from "../writer.ts";

export const sync: StateFacts = (fact) => {
  fact("connection_status is the first event", { needs: ["local"] }, async ({ connect }) => {
    const client = await connect({ auth: { clientId: "c9", projectId: "p1", protocol: 1 } });
    expect(client.events[0]).toMatchObject({
      event: "connection_status",
      payload: { status: "connected", clientId: "c9", protocol: 1, userId: "local", role: "editor" },
    });
  });

  fact(
    "a bare state:sync is a full sync of the default project",
    { needs: ["fresh"] },
    async ({ connect }) => {
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
    },
  );

  fact("a delta holds each changed entity once, in its last version", async ({ page }) => {
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

  fact("the handshake's sync is answered by state:synced", async ({ page }) => {
    await createWriter(await page()).create("tasks", "t1", { title: "one" });
    const client = await page({ sync: {} });
    expect(await client.next("state:synced")).toMatchObject({
      success: true,
      mode: "snapshot",
      tasks: [{ id: "t1" }],
    });
  });

  fact("a large snapshot comes in pages that repeat the first one's position", async ({ page }) => {
    const client = await page();
    const writer = createWriter(client);
    for (let n = 1; n <= 5; n += 1) await writer.create("tasks", `t${n}`, { title: `${n}` });
    const pages = [await client.request("state:sync", { limit: 2 })];
    const next = (): unknown => at(pages.at(-1), "page", "cursor");
    for (let cursor = next(); cursor !== undefined; cursor = next()) {
      pages.push(await client.request("state:sync", { cursor }));
    }
    expect(pages.map((each) => listAt(each, "tasks").map((task) => at(task, "id")))).toEqual([
      ["t1", "t2"],
      ["t3", "t4"],
      ["t5"],
    ]);
    expect(pages.map((each) => each["page"])).toMatchObject([
      { index: 0, total: 3 },
      { index: 1, total: 3 },
      { index: 2, total: 3 },
    ]);
    expect(pages.map((each) => each["seq"])).toEqual([5, 5, 5]);
    expect(pages[0]).toHaveProperty("focus");
  });
};
