import { describe, expect, it } from "vitest";
import { event, hear, live, reconnect, subscribed } from "./channel-fixture.ts";
import { fakeClient } from "./fake-client.ts";

describe("a channel", () => {
  it("is subscribed once for all listeners, and left with the last", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    const channel = fake.client.channel("news");
    const offs = [1, 2].map((n) => channel.subscribe((data) => heard.push([n, data])));
    expect(await subscribed(fake, 4)).toEqual({ channel: "news" });
    hear(fake, event(5));
    expect(heard).toEqual([
      [1, 5],
      [2, 5],
    ]);
    offs[0]!();
    hear(fake, event(6));
    offs[1]!();
    offs[1]!();
    hear(fake, event(7));
    expect(heard).toHaveLength(3);
    expect(fake.network.last.wire().of("channel:subscribe")).toHaveLength(1);
    expect(fake.network.last.wire().of("channel:unsubscribe")).toMatchObject([
      { payload: { channel: "news" } },
    ]);
  });

  it("recovers what was missed by position, in order and once", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data));
    await subscribed(fake, 0);
    hear(fake, event(1), event(2));
    await reconnect(fake);
    const since = await subscribed(fake, 4, { events: [event(3), event(4)] });
    expect(since).toEqual({ channel: "news", since: { epoch: "c1", offset: 2 } });
    hear(fake, event(4), event(5));
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });

  it("holds events that come before the answer, and drops what the answer brought", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data));
    await subscribed(fake, 0);
    await reconnect(fake);
    hear(fake, event(2), event(3));
    await subscribed(fake, 2, { events: [event(1), event(2)] });
    expect(heard).toEqual([1, 2, 3]);
  });

  it("asks for what is missing when an offset is skipped", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data));
    await subscribed(fake, 0);
    hear(fake, event(1), event(4));
    expect(heard).toEqual([1]);
    expect(await subscribed(fake, 4, { events: [event(2), event(3), event(4)] })).toEqual({
      channel: "news",
      since: { epoch: "c1", offset: 1 },
    });
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  it("tells of a gap that cannot be filled, before the next event", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client
      .channel("news")
      .subscribe((data) => heard.push(data), { onGap: (gap) => heard.push({ ...gap, isGap: true }) });
    await subscribed(fake, 0);
    hear(fake, event(1));
    await reconnect(fake);
    await subscribed(fake, 9, { recovered: false, events: [event(8), event(9)] });
    hear(fake, event(10));
    expect(heard).toEqual([1, { channel: "news", from: 1, isGap: true }, 8, 9, 10]);
  });

  it("goes on in a new epoch", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data), { onGap: () => heard.push("gap") });
    await subscribed(fake, 5);
    hear(fake, event(1, "new", "news", "c2"));
    await subscribed(fake, 1, { recovered: false, epoch: "c2", events: [event(1, "new", "news", "c2")] });
    hear(fake, event(2, "newer", "news", "c2"));
    expect(heard).toEqual(["gap", "new", "newer"]);
  });

  it("subscribed while offline is subscribed when live", async () => {
    const fake = fakeClient();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data));
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    await subscribed(fake, 0);
    hear(fake, event(1));
    expect(heard).toEqual([1]);
    expect(fake.network.last.wire().of("channel:subscribe")).toHaveLength(1);
  });

  it("left and taken up again at once is heard again", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe(() => heard.push("old"))();
    fake.client.channel("news").subscribe((data) => heard.push(data));
    const [first, second] = fake.network.last.wire().of("channel:subscribe");
    first!.answer!({ success: true, epoch: "c1", offset: 0, recovered: true, events: [] });
    second!.answer!({ success: true, epoch: "c1", offset: 0, recovered: true, events: [] });
    await fake.settle();
    hear(fake, event(1));
    expect(heard).toEqual([1]);
  });

  it("ends with its signal", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    const controller = new AbortController();
    fake.client.channel("news").subscribe((data) => heard.push(data), { signal: controller.signal });
    await subscribed(fake, 0);
    controller.abort();
    hear(fake, event(1));
    expect(heard).toEqual([]);
    fake.client.channel("news").subscribe((data) => heard.push(data), { signal: controller.signal });
    expect(fake.network.last.wire().of("channel:subscribe")).toHaveLength(1);
  });

  it("whose listener throws reports it, tells the others, and is past the event", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    const fault = new Error("mine");
    fake.client.channel("news").subscribe(() => {
      throw fault;
    });
    fake.client.channel("news").subscribe((data) => heard.push(data));
    await subscribed(fake, 0);
    hear(fake, event(1), event(1), event(2));
    expect(heard).toEqual([1, 2]);
    expect(fake.errors).toEqual([fault, fault]);
  });

  it("tries again when the server has no time, and reports a refusal", async () => {
    const fake = await live();
    fake.client.channel("news").subscribe(() => {});
    const wire = fake.network.last.wire();
    wire.of("channel:subscribe")[0]!.answer!({
      success: false,
      error: "Slow down",
      code: "RATE_LIMITED",
      retryAfterMs: 2_000,
    });
    await fake.settle(2_000);
    expect(wire.of("channel:subscribe")).toHaveLength(2);
    wire.of("channel:subscribe")[1]!.answer!({ success: false, error: "No", code: "FORBIDDEN" });
    await fake.settle(60_000);
    expect(wire.of("channel:subscribe")).toHaveLength(2);
    expect(fake.errors).toMatchObject([{ code: "FORBIDDEN" }]);
  });

  it("publishes, and rejects with the server's code", async () => {
    const fake = await live();
    const sent = fake.client.channel("news").publish({ hello: 1 });
    const [request] = fake.network.last.wire().of("channel:publish");
    expect(request!.payload).toEqual({ channel: "news", data: { hello: 1 } });
    request!.answer!({ success: true, epoch: "c1", offset: 7 });
    await expect(sent).resolves.toMatchObject({ epoch: "c1", offset: 7 });
  });

  it("of another project starts without a position", async () => {
    const fake = await live();
    const heard: unknown[] = [];
    fake.client.channel("news").subscribe((data) => heard.push(data));
    await subscribed(fake, 7);
    void fake.client.switchProject("p2");
    fake.serve();
    await fake.settle();
    expect(fake.network.transports[0]!.wire().of("channel:subscribe")).toHaveLength(1);
    expect(await subscribed(fake, 0)).toEqual({ channel: "news" });
    hear(fake, event(1));
    expect(heard).toEqual([1]);
  });
});
