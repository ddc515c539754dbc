import { describe, expect, it } from "vitest";
import type {
  Appended,
  Batch,
  RelayListener,
  TerminalRelay,
} from "../../server/core/ports/terminal-relay.ts";
import { createFixture, settle } from "./fixture.ts";

const KIB = 1024;

/** A relay that keeps batches waiting until it is told to answer. */
function createSlowRelay() {
  const waiting: { readonly batch: Batch; answer(appended: Appended): void; fail(): void }[] = [];
  const listeners: RelayListener[] = [];
  const relay: TerminalRelay = {
    serverId: "a",
    isAlive: () => true,
    find: async () => undefined,
    claim: async (_, isFrom) => isFrom + 1,
    tell: async () => true,
    append: (_, batch) =>
      new Promise((answer, reject) => {
        waiting.push({ batch, answer, fail: () => reject(new Error("out of reach")) });
      }),
    read: async () => ({ place: undefined, records: [] }),
    hush: async () => undefined,
    release: async () => undefined,
    lend: async () => undefined,
    borrow: async () => undefined,
    send: () => undefined,
    hearers: async () => 1,
    reply: () => undefined,
    hear(_, listener) {
      listeners.push(listener);
      return () => undefined;
    },
    onReply: () => () => undefined,
    onUp: () => () => undefined,
  };
  return { relay, waiting, listeners };
}

/** A terminal that another server watches. */
async function createWatched() {
  const { relay, waiting, listeners } = createSlowRelay();
  const { owner, clock } = createFixture({ relay });
  const { peer, say } = await owner();
  for (const { onMessage } of listeners)
    onMessage({ kind: "snapshot?", from: "b", requestId: "r", isUrgent: false });
  await settle();
  const answer = async (): Promise<void> => {
    waiting.shift()?.answer("ok");
    await settle();
  };
  // The life that begins where the snapshot is.
  await answer();
  return { say, clock, waiting, answer, flows: () => peer.got("terminal:flow").map(({ paused }) => paused) };
}

describe("an owner whose output is told to other servers", () => {
  it("waits while a quarter of the ring is not told, and goes on once it is", async () => {
    const { say, flows, answer } = await createWatched();
    await say("x".repeat(200 * KIB));
    expect(flows()).toEqual([]);
    await say("x".repeat(100 * KIB));
    expect(flows()).toEqual([true]);
    await answer();
    expect(flows()).toEqual([true, false]);
  });

  it("does not wait for a relay that takes longer than 250 ms, until it answered again", async () => {
    const { say, flows, clock, answer } = await createWatched();
    await say("x".repeat(300 * KIB));
    clock.advance(249);
    expect(flows()).toEqual([true]);
    clock.advance(1);
    expect(flows()).toEqual([true, false]);
    await say("x".repeat(100 * KIB));
    expect(flows()).toEqual([true, false]);
    await answer();
    await say("x".repeat(300 * KIB));
    expect(flows()).toEqual([true, false, true]);
  });

  it("does not wait for a relay that is away", async () => {
    const { say, flows, waiting } = await createWatched();
    await say("x".repeat(300 * KIB));
    waiting.shift()?.fail();
    await settle();
    expect(flows()).toEqual([true, false]);
  });
});
