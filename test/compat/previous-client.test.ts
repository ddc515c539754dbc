import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import vm from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Client } from "../../sdk/interface.ts";
import { createServer, type Server } from "../../server/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const FOLDER = "test/compat";
const saved = (await readdir(FOLDER)).filter((name) => name.endsWith(".global.js"));

/** The script-tag build of an earlier version, as a page would have it in its cache. */
async function loadSaved(name: string): Promise<{ createClient(options: object): Client }> {
  const code = await readFile(join(FOLDER, name), "utf8");
  return vm.runInThisContext(`(() => { ${code}\nreturn Holdfast; })()`) as {
    createClient(options: object): Client;
  };
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function connect(name: string): Promise<{ client: Client; server: Server }> {
  const server = await createServer({ store: "memory" });
  closers.push(() => server.close());
  const { url } = await server.listen({ port: 0 });
  const { createClient } = await loadSaved(name);
  const client = createClient({ url, projectId: "p1" });
  closers.push(() => client.close());
  await client.connect();
  return { client, server };
}

describe.each(saved)("a page that still runs %s", (name) => {
  it("writes, hears of others, and catches up by what it missed", async () => {
    const { client, server } = await connect(name);
    const { id } = await client.tasks.create({ title: "Written by the old client" }).acknowledged;
    await server.mutate("p1", { op: "merge", collection: "tasks", id, value: { title: "Read by it too" } });
    await expect.poll(() => client.tasks.get(id)?.title).toBe("Read by it too");

    const back = client.reconnect();
    await server.mutate("p1", { op: "merge", collection: "tasks", id, value: { status: "completed" } });
    await back;
    await expect.poll(() => client.tasks.get(id)?.status).toBe("completed");
    const outcomes = client.trace
      .getSnapshot()
      .filter((entry) => entry.kind === "sync" && entry.name === "sync");
    expect(outcomes.length).toBeGreaterThan(1);
    expect(outcomes.slice(1)).not.toContainEqual(
      expect.objectContaining({ detail: expect.objectContaining({ outcome: "snapshot" }) }),
    );
  });

  it("is refused in one step, with a code it knows", async () => {
    const { client } = await connect(name);
    const { id } = await client.tasks.create({ title: "Kept" }).acknowledged;
    const refused = client.tasks.update(id, (task) => {
      task.title = "";
    });
    await expect(refused.acknowledged).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(client.tasks.get(id)?.title).toBe("Kept");
  });

  it("shares focus and channels with clients of today", async () => {
    const { client, server } = await connect(name);
    await client.sessions.create({ id: "s1", name: "build" }).synced;
    await client.focus.set("s1", true);
    expect(client.focus.getSnapshot().focusedSessions).toEqual(["s1"]);
    const heard: unknown[] = [];
    client.channel("deploys").subscribe((data) => heard.push(data));
    await vi.waitFor(async () => {
      await server.channels.publish("p1", "deploys", { version: "1" });
      expect(heard.length).toBeGreaterThan(0);
    }, PATIENCE_MS);
  });
});
