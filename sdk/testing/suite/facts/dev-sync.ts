import { anyNumber, anyString, expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { listAt, textAt } from "../read.ts";

const registration = (resourceGuid: string, extra: object = {}) => ({
  pushData: {
    isAppInit: true,
    triggerEvent: "register-client",
    appSockets: [],
    pushRecepients: [{ cdObjId: { resourceGuid, resourceName: "app" }, subTypeId: "1" }],
    commTrack: { completed: false },
    ...extra,
  },
});

export const devSync: StateFacts = (fact) => {
  fact(
    "registering answers with every live client of the resource, in the form it was asked",
    async ({ connect }) => {
      const [a, b] = [await connect({ namespace: "/" }), await connect({ namespace: "/" })];
      expect(await a.request("register-client", registration("g1", { other: 1 }))).toMatchObject({
        success: true,
      });
      expect(await a.next("push-registered-client")).toMatchObject({
        pushData: {
          other: 1,
          triggerEvent: "register-client",
          appSockets: [{ resourceGuid: "g1", resourceName: "app", subTypeId: "1", connectedAt: anyNumber }],
          commTrack: { completed: true },
        },
      });
      b.emit("register-client", JSON.stringify(registration("g1")));
      const answer: unknown = JSON.parse(textAt(await b.next("push-registered-client")));
      expect(listAt(answer, "pushData", "appSockets")).toHaveLength(2);
    },
  );

  fact(
    "a relay reaches every other client of the resource, unchanged, and a save is a files event too",
    async ({ connect, page }) => {
      const at = async (guid: string) => {
        const client = await connect({ namespace: "/", auth: { projectId: "p1" } });
        await client.request("register-client", registration(guid));
        return client;
      };
      const [a, b, other] = [await at("g1"), await at("g1"), await at("g2")];
      const watcher = await page();
      await watcher.request("channel:subscribe", { channel: "files" });
      const save = { path: "src/a.ts", event: "add", hash: "h", size: 1, mtime: 2, revision: 3 };
      expect(await a.request("dev-save", save)).toMatchObject({ success: true });
      expect(await b.next("push-dev-save")).toEqual(save);
      expect(await watcher.next("channel:event")).toMatchObject({
        channel: "files",
        data: { file: "src/a.ts", event: "add", timestamp: anyString },
      });
      const text = '{ "buildId" :1}';
      a.emit("dev-build-start", text);
      expect(await b.next("push-dev-build-start")).toBe(text);
      await a.request("ide-push-save", { path: "x" });
      expect(await b.next("push-ide-save")).toEqual({ path: "x" });
      const heard = [a, other].flatMap(({ events }) => events.map(({ event }) => event));
      expect(heard.filter((event) => event.startsWith("push-dev") || event.startsWith("push-ide"))).toEqual(
        [],
      );
      expect(watcher.events.filter(({ event }) => event === "channel:event")).toHaveLength(1);
    },
  );

  fact("an unregistered sender, and one that sends no object, are told so", async ({ connect }) => {
    const client = await connect({ namespace: "/" });
    client.emit("dev-save", { path: "x" });
    expect(await client.next("error_message")).toMatchObject({ event: "dev-save", code: "FORBIDDEN" });
    expect(await client.request("register-client", "not json")).toMatchObject({ code: "BAD_REQUEST" });
    expect(await client.request("register-client", { pushData: {} })).toMatchObject({
      code: "BAD_REQUEST",
      details: { issues: [{ path: ["pushData", "pushRecepients"] }] },
    });
  });

  fact("a client that left is not listed any more", async ({ connect, until }) => {
    const [a, b] = [await connect({ namespace: "/" }), await connect({ namespace: "/" })];
    await a.request("register-client", registration("g1"));
    a.close();
    // Nothing tells b that the server has noticed: it asks until it has.
    const listed = async (): Promise<number> => {
      await b.request("register-client", registration("g1"));
      return listAt(await b.next("push-registered-client"), "pushData", "appSockets").length;
    };
    await until(listed, 1);
  });
};
