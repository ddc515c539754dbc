import { anyString, expect, matching } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { at, listAt } from "../read.ts";

export const channels: StateFacts = (fact) => {
  fact("a subscriber gets what is published, numbered from 1", async ({ page }) => {
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

  fact(
    "what was missed is recovered, and what is gone is said to be gone",
    { setup: { limits: { channelEvents: 3 } } },
    async ({ page }) => {
      const client = await page();
      const publish = (n: number) => client.request("channel:publish", { channel: "x", data: n });
      const { epoch } = await publish(1);
      for (let n = 2; n <= 5; n += 1) await publish(n);
      const since = async (offset: number, of = epoch) => {
        const ack = await client.request("channel:subscribe", { channel: "x", since: { epoch: of, offset } });
        return {
          recovered: ack["recovered"],
          data: listAt(ack, "events").map((event) => at(event, "data")),
        };
      };
      expect(await since(3)).toEqual({ recovered: true, data: [4, 5] });
      expect(await since(2)).toEqual({ recovered: true, data: [3, 4, 5] });
      expect(await since(1)).toEqual({ recovered: false, data: [3, 4, 5] });
      expect(await since(9)).toEqual({ recovered: false, data: [3, 4, 5] });
      expect(await since(3, "another")).toEqual({ recovered: false, data: [3, 4, 5] });
    },
  );

  fact(
    "bounds are said: size, number, name",
    { setup: { limits: { channelsPerProject: 2, channelEventBytes: 100 } } },
    async ({ page }) => {
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
    },
  );
};
