import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { RedisStore } from "../../server/store/redis-store.ts";
import type { Commit, Store, View } from "../../server/store/store.ts";
import { type Edit, edits, emit, put, remove } from "../store/edits.ts";
import { mutate, projectOf } from "../store/numbered-work.ts";
import { randomFrom, seedOf } from "../store/seed.ts";
import { watchFeed } from "./feed-watch.ts";
import { openNodes } from "./nodes.ts";

let nodes: readonly RedisStore[];
let a: RedisStore;
let b: RedisStore;

beforeEach(async () => {
  nodes = await openNodes(inject("redisUrl"), 2);
  [a, b] = nodes as [RedisStore, RedisStore];
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
});

const nodeAt = (at: number): Store => nodes[at % nodes.length] ?? a;

describe("two nodes on one Redis", () => {
  it("apply a mutation once that comes a hundred times to both", async () => {
    const done = await Promise.all(Array.from({ length: 100 }, (_, at) => mutate(nodeAt(at), "c.u", 1)));
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(done.map(({ seq }) => seq))).toEqual(new Set([2]));
    expect(await b.entity(projectOf(1), "counters", "all")).toMatchObject({ count: 1, version: 1 });
    expect((await a.head(projectOf(1))).seq).toBe(2);
  });

  it("let one of a hundred win that expect the same version", async () => {
    await a.transact("p1", edits([put("tasks", "t1")]));
    const claim = (view: View, by: string) => {
      const isFree = view.entity("tasks", "t1")?.["claimedBy"] === undefined;
      return isFree
        ? { ...edits([put("tasks", "t1", { claimedBy: by })])(view), result: "won" }
        : { result: "lost" };
    };
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, at) => nodeAt(at).transact("p1", (view) => claim(view, `s${at}`))),
    );
    expect(outcomes.filter((outcome) => outcome === "won")).toHaveLength(1);
    expect(await a.entity("p1", "tasks", "t1")).toMatchObject({ version: 2 });
  });

  it("let one of many make a session that all want in projects of their own", async () => {
    const make = (at: number) =>
      nodeAt(at).transact(`p${at}`, (view) => {
        if (view.projectOfSession("s1") !== undefined) return { result: 0 };
        return { ...edits([put("sessions", "s1")])(view), result: 1 };
      });
    const made = await Promise.all(Array.from({ length: 40 }, (_, at) => make(at)));
    expect(made.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await b.projectOfSession("s1")).toBe(`p${made.indexOf(1)}`);
  });

  it("count up together without losing one, in the order of each node's own", async () => {
    const add = (view: View) => {
      const count = Number(view.entity("counters", "c")?.["count"] ?? 0) + 1;
      return { ...edits([put("counters", "c", { count })])(view), result: count };
    };
    const counts = await Promise.all(
      nodes.map((node) => Promise.all(Array.from({ length: 300 }, () => node.transact("p1", add)))),
    );
    for (const own of counts) expect(own).toEqual([...own].sort((x, y) => x - y));
    expect(new Set(counts.flat()).size).toBe(600);
    expect(await a.entity("p1", "counters", "c")).toMatchObject({ count: 600 });
  });

  it("see at once what the other one was acknowledged", async () => {
    for (let at = 0; at < 50; at += 1) {
      const position = await nodeAt(at).transact("p1", edits([put("tasks", `t${at}`, { at })]));
      const other = nodeAt(at + 1);
      expect(
        await other.transact("p1", (view) => ({
          result: [view.head, view.entity("tasks", `t${at}`)?.["at"]],
        })),
      ).toEqual([position, at]);
      expect((await other.delta("p1", { ...position, seq: position.seq - 1 }))?.position).toEqual(position);
    }
  });

  it("tell every commit of both once and in the same order, and it adds up to what is there", async () => {
    const random = randomFrom(seedOf("two nodes"));
    const pick = (count: number): number => Math.floor(random() * count);
    const projects = ["p1", "p2"];
    const heads = await Promise.all(projects.map((id) => a.head(id)));
    for (const id of projects) await b.head(id);
    const watches = nodes.map((node) => projects.map((id, at) => watchFeed(node, id, heads[at])));

    const list = (): Edit[] => {
      const ids = new Set(Array.from({ length: 1 + pick(4) }, () => `t${pick(20)}`));
      const made = Array.from(ids, (id) =>
        random() < 0.2
          ? remove("tasks", id)
          : put("tasks", id, { x: pick(9), y: random() < 0.5 ? 1 : undefined }),
      );
      return random() < 0.3 ? [...made, emit("notify:progress")] : made;
    };
    const work = async (node: Store): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        const notices = random() < 0.2 ? [{ event: "focus_update", payload: step }] : [];
        await node.transact(projects[pick(2)] ?? "p1", edits(list(), { notices }));
      }
    };
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 8 }, () => work(node))));

    for (const [at, id] of projects.entries()) {
      const head = await a.head(id);
      const [ofA, ofB] = watches.map((own) => own[at]);
      for (const watch of [ofA, ofB]) {
        await watch?.until("the feed reaches the head", () => watch.position?.seq === head.seq);
        expect(watch?.problems).toEqual([]);
        expect(watch?.resets).toBe(0);
      }
      const told = (commits: readonly Commit[] = []) =>
        commits.map(({ events, notices }) => ({ events, notices }));
      expect(JSON.parse(JSON.stringify(told(ofB?.commits)))).toEqual(
        JSON.parse(JSON.stringify(told(ofA?.commits))),
      );
      const { entities, position } = await b.snapshot(id);
      expect(position).toEqual(head);
      expect(new Map(entities["tasks"]?.map((task) => [task.id, task]))).toEqual(stateOf(ofA?.commits ?? []));
    }
  });

  it("begin a cleared project anew together", async () => {
    await a.transact("p1", edits([put("projects", "p1"), put("sessions", "s1"), put("tasks", "t1")]));
    const { epoch } = await b.head("p1");
    const watch = watchFeed(b, "p1");
    await a.transact("p1", edits([emit("project:deleted")], { clear: { epoch: "e2" } }));
    await watch.until("the other node hears of it", () => watch.resets === 1);
    expect(watch.commits).toMatchObject([{ epoch, seq: 4, reset: { epoch: "e2", seq: 0 } }]);
    expect(watch.commits[0]).not.toHaveProperty("isKept");
    expect(
      await b.transact("p1", (view) => ({ result: [view.count(), view.entity("tasks", "t1")] })),
    ).toEqual([0, undefined]);
    expect(await b.projectOfSession("s1")).toBeUndefined();
    expect(await b.transact("p1", edits([put("tasks", "t1")]))).toEqual({ epoch: "e2", seq: 1 });
  });
});

/** What events alone make of a project. */
function stateOf(commits: readonly Commit[]): Map<string, unknown> {
  const state = new Map<string, unknown>();
  for (const { envelope } of commits.flatMap(({ events }) => events)) {
    // Events of this test carry tasks, nothing of interest, or the nothing that was removed.
    const id = (envelope.data as { id?: string } | undefined)?.id;
    if (id === undefined) continue;
    if (envelope.event === "tasks:deleted") state.delete(id);
    else state.set(id, JSON.parse(JSON.stringify(envelope.data)));
  }
  return state;
}
