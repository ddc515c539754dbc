import { describe, expect, test } from "vitest";
import type { OpenServer } from "../server-under-test.ts";
import { anyString, matching } from "./matchers.ts";
import { withServer } from "./with-server.ts";

export function describeChannels(name: string, open: OpenServer): void {
  describe(`channels over ${name}`, () => {
    const start = withServer(open);

    test("a subscriber gets what is published, numbered from 1", async () => {
      const { page } = await start();
      const [a, b] = [await page(), await page()];
      const subscribed = await a.request("channel:subscribe", { channel: "git" });
      expect(subscribed).toEqual({
        success: true,
        epoch: anyString,
        offset: 0,
        recovered: true,
        events: [],
      });
      const data = { type: "branch", message: "main" };
      expect(await b.request("channel:publish", { channel: "git", data })).toEqual({
        success: true,
        epoch: subscribed["epoch"],
        offset: 1,
      });
      expect(await a.next("channel:event")).toEqual({
        type: "event",
        channel: "git",
        projectId: "p1",
        data,
        timestamp: matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        offset: 1,
        epoch: subscribed["epoch"],
      });
      await a.request("channel:unsubscribe", { channel: "git" });
      await b.request("channel:publish", { channel: "git", data });
      await b.request("channel:subscribe", { channel: "git" });
      expect(a.events.filter(({ event }) => event === "channel:event")).toHaveLength(1);
      expect(b.events.filter(({ event }) => event === "channel:event")).toHaveLength(0);
    });

    test("what was missed is recovered, and what is gone is said to be gone", async () => {
      const { page } = await start({ limits: { channelEvents: 3 } });
      const client = await page();
      const publish = (n: number) => client.request("channel:publish", { channel: "x", data: n });
      const { epoch } = await publish(1);
      for (let n = 2; n <= 5; n += 1) await publish(n);
      const since = async (offset: number, of = epoch) => {
        const ack = await client.request("channel:subscribe", { channel: "x", since: { epoch: of, offset } });
        return {
          recovered: ack["recovered"],
          data: (ack["events"] as { data: unknown }[]).map(({ data }) => data),
        };
      };
      expect(await since(3)).toEqual({ recovered: true, data: [4, 5] });
      expect(await since(2)).toEqual({ recovered: true, data: [3, 4, 5] });
      expect(await since(1)).toEqual({ recovered: false, data: [3, 4, 5] });
      expect(await since(9)).toEqual({ recovered: false, data: [3, 4, 5] });
      expect(await since(3, "another")).toEqual({ recovered: false, data: [3, 4, 5] });
    });

    test("bounds are said: size, number, name", async () => {
      const { page } = await start({ limits: { channelsPerProject: 2, channelEventBytes: 100 } });
      const client = await page();
      const publish = (channel: string, data: unknown) =>
        client.request("channel:publish", { channel, data });
      expect(await publish("a", "x".repeat(200))).toMatchObject({
        code: "PAYLOAD_TOO_LARGE",
        details: { limit: 100 },
      });
      await publish("a", 1);
      await publish("b", 1);
      expect(await publish("c", 1)).toMatchObject({ code: "CONFLICT", details: { limit: 2 } });
      expect(await client.request("channel:subscribe", { channel: "no spaces" })).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: ["channel"] }] },
      });
    });
  });
}
