import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { createDevSync, type DevSync, type DevSyncOptions } from "../../sdk/dev/index.ts";
import type { Client } from "../../sdk/interface.ts";
import { event, openClient, requested, startServer } from "../gateway/running-server.ts";
import { clientOf } from "../workspace/watched-project.ts";
import { SECRET, tokenFor } from "./signed.ts";

async function registered(client: Client, options: DevSyncOptions = {}): Promise<DevSync> {
  const dev = createDevSync(client, options);
  onTestFinished(() => dev.close());
  await client.connect();
  await expect.poll(() => dev.getSnapshot().name).toBe("registered");
  return dev;
}

describe("dev-sync of a client", () => {
  test("hears what others of its resource send, by the name they sent it under", async () => {
    const { url } = await startServer();
    const [a, b] = [await registered(clientOf(url)), await registered(clientOf(url))];
    const heard: unknown[] = [];
    b.on("dev-build-start", (build) => heard.push(["start", build.buildId]));
    b.on("dev-error", (error) => heard.push(["error", error.message]));
    const off = b.on("dev-build-complete", (build) => heard.push(["complete", build.durationMs]));
    a.on("dev-build-start", () => heard.push("its own"));
    await a.send("dev-build-start", { buildId: "1" });
    await a.send("dev-build-complete", { buildId: "1", durationMs: 3 });
    off();
    await a.send("dev-build-complete", { buildId: "2" });
    await a.send("dev-error", { message: "broken" });
    await expect
      .poll(() => heard)
      .toEqual([
        ["start", "1"],
        ["complete", 3],
        ["error", "broken"],
      ]);
    expect(b.getSnapshot()).toMatchObject({ clients: [{ resourceGuid: "p1" }, { resourceGuid: "p1" }] });
  });

  test("has a type for each event, and for no other", async () => {
    const { url } = await startServer();
    const dev = await registered(clientOf(url));
    dev.on("dev-save", (save) => expectTypeOf(save.event).toEqualTypeOf<"add" | "change" | "unlink">());
    dev.on("dev-error", ({ line }) => expectTypeOf(line).toEqualTypeOf<number | undefined>());
    // @ts-expect-error: no such event
    dev.on("dev-saved", () => {});
    // @ts-expect-error: an error without a message
    await dev.send("dev-error", { file: "x" });
  });

  test("understands clients that send JSON texts, and passes over what is neither", async () => {
    const { url } = await startServer();
    const dev = await registered(clientOf(url), { resource: "g", resourceName: "app", subTypeId: 7 });
    const heard: unknown[] = [];
    dev.on("dev-save", (save) => heard.push(save));
    const old = openClient(url, "/", { auth: { projectId: "p1" } });
    await event(old, "connection_status");
    const recipient = { cdObjId: { resourceGuid: "g" } };
    await requested(old, "register-client", JSON.stringify({ pushData: { pushRecepients: [recipient] } }));
    old.emit("dev-save", '{"path":"x.js"}');
    old.emit("dev-save", { path: "y.js" });
    await expect.poll(() => heard).toEqual([{ path: "x.js" }, { path: "y.js" }]);
  });

  test("registers again after a reconnect and for another project", async () => {
    const { url } = await startServer();
    const client = clientOf(url);
    const dev = await registered(client);
    const names: string[] = [];
    dev.subscribe(() => names.push(dev.getSnapshot().name));
    await client.reconnect();
    await expect.poll(() => names.at(-1)).toBe("registered");
    expect(names).toContain("offline");
    await client.switchProject("p2");
    await expect.poll(() => dev.getSnapshot()).toMatchObject({ clients: [{ resourceGuid: "p2" }] });
  });

  test("says OFFLINE before it is registered, and is over when the client is closed", async () => {
    const { url } = await startServer();
    const client = clientOf(url);
    const dev = createDevSync(client);
    await expect(dev.send("dev-error", { message: "x" })).rejects.toMatchObject({ code: "OFFLINE" });
    await client.close();
    await expect(dev.send("dev-error", { message: "x" })).rejects.toMatchObject({ code: "OFFLINE" });
  });

  test("of a viewer hears, and may not send", async () => {
    const { url } = await startServer({ auth: { secret: SECRET } });
    const token = await tokenFor({ p1: "viewer" });
    const dev = await registered(clientOf(url, { token }));
    await expect(dev.send("dev-error", { message: "x" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("loads hot modules anew after an outage, since saves are not repeated", async () => {
    const { url } = await startServer();
    const client = clientOf(url);
    const urls: string[] = [];
    const load = async (from: string) => void urls.push(from);
    const dev = await registered(client, { modules: `${url}/watched`, load });
    const module = dev.hot("a.js", () => {});
    await expect.poll(() => urls).toHaveLength(1);
    await client.reconnect();
    await expect.poll(() => urls).toHaveLength(2);
    expect(new Set(urls).size).toBe(2);
    module.dispose();
    expect(() => createDevSync(clientOf(url)).hot("a.js", () => {})).toThrow(/Nothing says where/);
  });
});
