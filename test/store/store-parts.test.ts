import { expect, it } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import { createCommitFeed } from "../../server/store/commit-feed.ts";
import { createFifo } from "../../server/store/fifo.ts";
import { createAnswerBook } from "../../server/store/memory/answer-book.ts";
import { createBoundedLog } from "../../server/store/memory/bounded-log.ts";
import { createEntityTable } from "../../server/store/memory/entity-table.ts";
import { DEFAULT_RETENTION } from "../../server/store/retention.ts";
import type { Commit } from "../../server/store/store.ts";

it("reading what changed looks at what changed and one entity more", () => {
  const table = createEntityTable();
  let looks = 0;
  for (let seq = 1; seq <= 2_000; seq += 1) {
    const entity = { id: `t${seq}`, version: 1, createdAt: 0, updatedAt: 0 };
    const counted = Object.defineProperty(entity, "seq", {
      get: () => {
        looks += 1;
        return seq;
      },
    });
    table.put("tasks", counted as Entity);
  }
  looks = 0;
  expect(table.changedAfter(1_990)).toHaveLength(10);
  expect(looks).toBeLessThanOrEqual(11);
});

it("owners that are not heard of again are forgotten without a timer", () => {
  let now = 0;
  const retention = { ...DEFAULT_RETENTION, mutationsKeptMs: 100, highestKeptMs: 1_000 };
  const book = createAnswerBook(retention, () => now);
  let most = 0;
  for (let at = 0; at < 10_000; at += 1) {
    now += 1;
    book.add("p1", { owner: `o${at}`, key: "1", n: 1, fingerprint: "f", ack: 1, at: now });
    book.add("p1", { owner: `http ${at}`, key: "k", fingerprint: "f", ack: 1, at: now });
    most = Math.max(most, book.owners);
  }
  // Numbered ones live for 1,000 steps, keyed ones for 100; one is made of each a step.
  expect(most).toBeLessThan(1_200);
  expect(book.highest("p1", "o9999")).toBe(1);
  expect(book.highest("p1", "o1")).toBe(0);
});

it("a bounded log keeps the newest and knows how far it goes back", () => {
  const log = createBoundedLog<string>(3);
  for (let seq = 2; seq <= 20; seq += 2) log.push(seq, `at ${seq}`);
  expect(log.after(0)).toEqual(["at 16", "at 18", "at 20"]);
  expect(log.after(16)).toEqual(["at 18", "at 20"]);
  expect(log.after(17)).toEqual(["at 18", "at 20"]);
  expect(log.after(20)).toEqual([]);
  expect([log.length, log.dropped, log.droppedThrough, log.countAfter(19)]).toEqual([3, 7, 14, 1]);
});

it("a queue gives back what was put in, in order, however long it goes on", () => {
  const queue = createFifo<number>();
  let put = 0;
  let taken = 0;
  for (let step = 0; step < 20_000; step += 1) {
    if (step % 3 !== 2) queue.push(put++);
    else expect(queue.shift()).toBe(taken++);
    expect(queue.at(0)).toBe(queue.length === 0 ? undefined : taken);
  }
  expect(queue.length).toBe(put - taken);
  while (queue.length > 0) expect(queue.shift()).toBe(taken++);
  expect([queue.shift(), queue.at(0)]).toEqual([undefined, undefined]);
});

it("a commit added by a listener is told after the one under way, to all", () => {
  const feed = createCommitFeed(() => undefined);
  const commit = (seq: number): Commit => ({ projectId: "p1", epoch: "e", seq, events: [], notices: [] });
  const told: string[] = [];
  feed.subscribe(({ seq }) => {
    told.push(`first ${seq}`);
    if (seq < 3) feed.add(commit(seq + 1));
    feed.flush();
  });
  feed.subscribe(({ seq }) => told.push(`second ${seq}`));
  feed.add(commit(1));
  feed.flush();
  expect(told).toEqual(["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]);
});
