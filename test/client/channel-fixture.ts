import type { ChannelEvent } from "../../sdk/protocol/index.ts";
import { type FakeClient, fakeClient } from "./fake-client.ts";

export const event = (
  offset: number,
  data: unknown = offset,
  channel = "news",
  epoch = "c1",
): ChannelEvent => ({
  type: "event",
  channel,
  projectId: "p1",
  data,
  timestamp: "2026-11-21T12:00:00Z",
  offset,
  epoch,
});

export async function live(): Promise<FakeClient> {
  const fake = fakeClient();
  void fake.client.connect();
  fake.serve();
  await fake.settle();
  return fake;
}

/** Answers the last `channel:subscribe`. */
export async function subscribed(
  fake: FakeClient,
  offset: number,
  over: { recovered?: boolean; events?: readonly ChannelEvent[]; epoch?: string } = {},
): Promise<unknown> {
  const sent = fake.network.last.wire().of("channel:subscribe").at(-1)!;
  sent.answer!({ success: true, epoch: "c1", offset, recovered: true, events: [], ...over });
  await fake.settle();
  return sent.payload;
}

export async function reconnect(fake: FakeClient): Promise<void> {
  fake.network.last.wire().end();
  await fake.settle(1_000);
  fake.serve();
  await fake.settle();
}

export const hear = (fake: FakeClient, ...events: readonly ChannelEvent[]): void => {
  for (const one of events) fake.network.last.wire().say("channel:event", one);
};
