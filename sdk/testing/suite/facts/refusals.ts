import { anyNumber, anyString, expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { at, objectAt } from "../read.ts";
import { createWriter } from "../writer.ts";

export const refusals: StateFacts = (fact) => {
  fact(
    "an event that fails without an ack is answered with error_message, and the connection stays",
    async ({ page }) => {
      const client = await page();
      client.emit("focus:set", { sessionId: 7, focused: "yes" });
      expect(await client.next("error_message")).toMatchObject({
        event: "focus:set",
        code: "BAD_REQUEST",
        error: anyString,
        details: { issues: [{ path: ["sessionId"] }, { path: ["focused"] }] },
      });
      expect(await client.request("state:sync")).toMatchObject({ success: true });
    },
  );

  fact("unknown events and events of other namespaces are ignored", async ({ page }) => {
    const client = await page();
    client.emit("no:such", { any: 1 });
    client.emit("heartbeat", { status: "up" });
    client.emit("__proto__", {});
    client.emit("constructor");
    expect(await client.request("state:sync", null)).toMatchObject({ success: true });
    expect(client.events.map(({ event }) => event)).toEqual(["connection_status"]);
  });

  fact("unknown fields are ignored", async ({ page }) => {
    const client = await page();
    expect(await client.request("state:sync", { projectId: "p1", whatever: [1] })).toMatchObject({
      success: true,
    });
  });

  fact("the wrong kind of payload is told at the root", async ({ page }) => {
    const client = await page();
    for (const payload of ["text", 7, [1], true]) {
      expect(await client.request("state:sync", payload)).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: [] }] },
      });
    }
  });

  fact("nothing reaches a prototype", async ({ page }) => {
    const writer = createWriter(await page());
    // An object, as the text shows.
    const value = JSON.parse(
      '{"title": "one", "__proto__": {"polluted": 1}, "constructor": {"polluted": 1}}',
    ) as object;
    const created = await writer.create("tasks", "t1", value);
    expect(created).toMatchObject({ success: true });
    expect(Object.hasOwn(objectAt(created, "result"), "constructor")).toBe(false);
    for (const path of [["__proto__", "polluted"], ["x", "constructor"], ["prototype"]]) {
      expect(
        await writer.mutate({
          op: "update",
          collection: "tasks",
          id: "t1",
          patches: [{ op: "add", path, value: 1 }],
        }),
      ).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["patches", 0, "path", anyNumber] }] },
      });
    }
    expect(at({}, "polluted")).toBe(undefined);
  });

  fact("values nested too deeply are refused", async ({ page }) => {
    const writer = createWriter(await page());
    let deep: unknown = 1;
    for (let n = 0; n < 200; n += 1) deep = [deep];
    expect(await writer.create("tasks", "t1", { title: "one", deep })).toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  fact(
    "what is too large says how large it may be, and is kept",
    { setup: { limits: { entityBytes: 1_000, entitiesPerProject: 1 } } },
    async ({ page }) => {
      const writer = createWriter(await page());
      const large = await writer.mutate(
        {
          op: "create",
          collection: "tasks",
          id: "t1",
          value: { title: "x", description: "y".repeat(2_000) },
        },
        1,
      );
      expect(large).toMatchObject({ code: "PAYLOAD_TOO_LARGE", details: { limit: 1_000 } });
      expect(
        await writer.mutate(
          {
            op: "create",
            collection: "tasks",
            id: "t1",
            value: { title: "x", description: "y".repeat(2_000) },
          },
          1,
        ),
      ).toEqual({ ...large, replayed: true });
      await writer.mutate({ op: "create", collection: "tasks", id: "t1", value: { title: "x" } }, 2);
      expect(
        await writer.mutate({ op: "create", collection: "tasks", id: "t2", value: { title: "x" } }, 3),
      ).toMatchObject({
        code: "CONFLICT",
        details: { limit: 1 },
      });
    },
  );

  fact(
    "a client asking for more session rooms than there are is denied the rest",
    { setup: { limits: { roomsPerSocket: 2 } } },
    async ({ page }) => {
      const client = await page();
      expect(await client.request("subscribe", { sessionIds: ["a", "b", "c", "a"] })).toMatchObject({
        sessionIds: ["a", "b"],
        denied: ["c"],
      });
      expect(await client.next("subscribed")).toMatchObject({ sessionIds: ["a", "b"], denied: ["c"] });
      expect(await client.request("subscribe", { sessionIds: ["d", "no spaces"] })).toMatchObject({
        code: "BAD_REQUEST",
      });
    },
  );

  fact(
    "a snapshot that is too large to come whole asks for pages",
    { setup: { limits: { snapshotEntities: 1 } } },
    async ({ page }) => {
      const client = await page();
      const writer = createWriter(client);
      await writer.create("tasks", "t1", { title: "1" });
      await writer.create("tasks", "t2", { title: "2" });
      expect(await client.request("state:sync")).toMatchObject({
        code: "PAYLOAD_TOO_LARGE",
        details: { limit: 1 },
      });
      expect(await client.request("state:sync", { cursor: "nonsense" })).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["cursor"] }] },
      });
    },
  );

  fact("a bad sync in the handshake is answered by state:synced", async ({ page }) => {
    const client = await page({ sync: { limit: -1 } });
    expect(await client.next("state:synced")).toMatchObject({ success: false, code: "BAD_REQUEST" });
  });
};
