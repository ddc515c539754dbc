import { describe, expect, it } from "vitest";
import type { ChannelEvent } from "../../sdk/protocol/index.ts";
import { event, hear, live, reconnect, subscribed } from "./channel-fixture.ts";
import { type FakeClient, fakeClient } from "./fake-client.ts";

describe("an AI stream", () => {
  const chunk = (offset: number, index: number, text: string, finished = false, id = "a1"): ChannelEvent =>
    event(offset, { id, chunk: text, index, finished }, "ai-response");

  /** Reads a stream to its end in the background. */
  function read(fake: FakeClient): { readonly chunks: string[]; readonly end: Promise<unknown> } {
    const chunks: string[] = [];
    const end = (async () => {
      for await (const text of fake.client.aiStream("a1")) chunks.push(text);
    })();
    end.catch(() => {});
    return { chunks, end };
  }

  /** Answers both the subscription and the question for what was before. */
  async function answer(fake: FakeClient, offset: number, history: readonly ChannelEvent[]): Promise<void> {
    for (const { payload, answer: give } of fake.network.last.wire().of("channel:subscribe")) {
      const isHistory = (payload as { since?: { epoch: string } }).since?.epoch === "-";
      give!({ success: true, epoch: "c1", offset, recovered: !isHistory, events: isHistory ? history : [] });
    }
    await fake.settle();
  }

  it("gives the chunks of its id, from the history and live, in order and once", async () => {
    const fake = await live();
    const { chunks, end } = read(fake);
    await answer(fake, 3, [chunk(1, 0, "Hold"), chunk(2, 0, "other", false, "a2"), chunk(3, 1, " ")]);
    hear(fake, chunk(4, 1, " "), chunk(5, 2, "fast"), chunk(6, 3, "", true));
    await end;
    expect(chunks).toEqual(["Hold", " ", "fast"]);
    expect(fake.network.last.wire().of("channel:unsubscribe")).toHaveLength(1);
  });

  it("goes on over a reconnect without losing or doubling a chunk", async () => {
    const fake = await live();
    const { chunks, end } = read(fake);
    await answer(fake, 0, []);
    hear(fake, chunk(1, 0, "a"));
    await reconnect(fake);
    await subscribed(fake, 3, { events: [chunk(2, 1, "b"), chunk(3, 2, "c")] });
    hear(fake, chunk(3, 2, "c"), chunk(4, 3, "d", true));
    await end;
    expect(chunks).toEqual(["a", "b", "c", "d"]);
  });

  it("begun while offline waits for the connection", async () => {
    const fake = fakeClient();
    const { chunks, end } = read(fake);
    await fake.settle();
    void fake.client.connect();
    fake.serve();
    await fake.settle();
    await answer(fake, 1, [chunk(1, 0, "a", true)]);
    await end;
    expect(chunks).toEqual(["a"]);
  });

  it("whose chunks are gone ends with an error, not with a hole", async () => {
    const fake = await live();
    const { chunks, end } = read(fake);
    await answer(fake, 0, []);
    hear(fake, chunk(1, 0, "a"));
    await reconnect(fake);
    await subscribed(fake, 9, { recovered: false, events: [chunk(9, 7, "h")] });
    await expect(end).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(chunks).toEqual(["a"]);
  });

  it("that is left stops listening, also while it waits", async () => {
    const fake = await live();
    const stream = fake.client.aiStream("a1")[Symbol.asyncIterator]();
    const pending = stream.next();
    await answer(fake, 0, []);
    await stream.return?.();
    await expect(pending).resolves.toEqual({ done: true, value: undefined });
    expect(fake.network.last.wire().of("channel:unsubscribe")).toHaveLength(1);
  });

  it("ends with CLOSED when the client is closed", async () => {
    const fake = await live();
    const { end } = read(fake);
    await answer(fake, 0, []);
    await fake.client.close();
    await expect(end).rejects.toMatchObject({ code: "CLOSED" });
  });
});
