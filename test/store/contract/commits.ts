import { describe, expect, it } from "vitest";
import type { Commit } from "../../../server/store/store.ts";
import { edits, emit, put } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

export function describeCommits(stores: Stores): void {
  describe("onCommit", () => {
    it("tells each commit once, before its promise resolves, with all that was decided", async () => {
      const store = await stores.open();
      const told: Commit[] = [];
      store.onCommit((commit) => told.push(commit));
      const notices = [{ event: "focus_update", payload: { version: 1 } }];
      const at = await store.transact("p1", edits([put("tasks", "t1", { title: "a" })], { notices }));
      expect(told).toMatchObject([{ projectId: "p1", epoch: at.epoch, seq: 1, notices }]);
      expect(told[0]).not.toHaveProperty("reset");
      await store.transact("p1", edits([put("tasks", "t1", { title: "b" })]));
      expect(told[1]?.events).toMatchObject([
        {
          envelope: { event: "tasks:updated", seq: 2, data: { title: "b" } },
          change: { set: { title: "b" } },
        },
      ]);
      expect(told).toHaveLength(2);
    });

    it("tells nothing of what nobody can notice", async () => {
      const store = await stores.open();
      const told: Commit[] = [];
      store.onCommit((commit) => told.push(commit));
      await store.transact("p1", edits([], { registers: { a: 1 } }));
      await store.transact(
        "p1",
        edits([], { answer: { owner: "o", key: "k", fingerprint: "", ack: 1, at: 1 } }),
      );
      await store
        .transact("p1", () => {
          throw new Error("no");
        })
        .catch(() => undefined);
      expect(told).toEqual([]);
    });

    it("tells commits under way at once in the order of their numbers, project by project", async () => {
      const store = await stores.open();
      const seqs: Record<string, number[]> = { p1: [], p2: [] };
      store.onCommit(({ projectId, events }) => {
        for (const { envelope } of events) seqs[projectId]?.push(envelope.seq ?? 0);
      });
      await Promise.all(
        Array.from({ length: 400 }, (_, at) =>
          store.transact(
            at % 2 === 0 ? "p1" : "p2",
            edits(
              at % 3 === 0 ? [put("tasks", `t${at}`)] : [put("tasks", `t${at}`), emit("notify:progress")],
            ),
          ),
        ),
      );
      for (const projectId of ["p1", "p2"]) {
        const { seq } = await store.head(projectId);
        expect(seqs[projectId]).toEqual(Array.from({ length: seq }, (_, at) => at + 1));
      }
    });

    it("keeps the order when a listener commits by itself", async () => {
      const store = await stores.open();
      const second: number[] = [];
      const follows: Promise<unknown>[] = [];
      store.onCommit(({ seq }) => {
        if (seq < 5) follows.push(store.transact("p1", edits([put("tasks", `t${seq}`)])));
      });
      store.onCommit(({ seq }) => second.push(seq));
      await store.transact("p1", edits([put("tasks", "t0")]));
      // Each follow-up is begun by the one before it.
      for (let at = 0; at < 4; at += 1) await follows[at];
      expect(second).toEqual([1, 2, 3, 4, 5]);
    });

    it("survives a listener that throws, tells the others and reports it", async () => {
      const errors: unknown[] = [];
      const store = await stores.open({ onError: (error) => errors.push(error) });
      const fault = new Error("listener");
      const told: number[] = [];
      store.onCommit(() => {
        throw fault;
      });
      store.onCommit(({ seq }) => told.push(seq));
      await expect(store.transact("p1", edits([put("tasks", "t1")]))).resolves.toMatchObject({ seq: 1 });
      await store.transact("p1", edits([put("tasks", "t2")]));
      expect(told).toEqual([1, 2]);
      expect(errors).toEqual([fault, fault]);
    });

    it("stops telling who stopped listening", async () => {
      const store = await stores.open();
      const told: string[] = [];
      const listener = (): void => void told.push("listener");
      const stop = store.onCommit(listener);
      store.onCommit(listener);
      await store.transact("p1", edits([put("tasks", "t1")]));
      stop();
      stop();
      await store.transact("p1", edits([put("tasks", "t2")]));
      expect(told).toHaveLength(3);
    });

    it("shows readers what it tells of", async () => {
      const store = await stores.open();
      const seen: Promise<[number, number]>[] = [];
      store.onCommit(({ seq }) => seen.push(store.head("p1").then((head) => [seq, head.seq])));
      await Promise.all(
        Array.from({ length: 50 }, (_, at) => store.transact("p1", edits([put("tasks", `t${at}`)]))),
      );
      expect(seen).toHaveLength(50);
      for (const [told, head] of await Promise.all(seen)) expect(head).toBeGreaterThanOrEqual(told);
    });
  });

  describe("clearing a project", () => {
    it("tells the last events under the old epoch and where the project starts anew", async () => {
      const store = await stores.open();
      const told: Commit[] = [];
      await store.transact("p1", edits([put("projects", "p1"), put("tasks", "t1")]));
      store.onCommit((commit) => told.push(commit));
      const { epoch } = await store.head("p1");
      await store.transact("p1", edits([emit("project:deleted")], { clear: { epoch: "e2" } }));
      expect(told).toMatchObject([
        { epoch, seq: 3, events: [{ envelope: { seq: 3, epoch } }], reset: { epoch: "e2", seq: 0 } },
      ]);
      expect(await store.head("p1")).toEqual({ epoch: "e2", seq: 0 });
    });

    it("leaves nothing of it, and nothing of other projects is touched", async () => {
      const store = await stores.open();
      await store.transact(
        "p1",
        edits(
          [
            put("projects", "p1"),
            put("sessions", "s1"),
            put("tasks", "t1", { claimedBy: "s1" }),
            put("mail", "m1"),
            emit("notify:progress"),
          ],
          { registers: { focus: ["s1"] } },
        ),
      );
      await store.transact("p2", edits([put("sessions", "s2"), put("tasks", "t1", { title: "other" })]));
      await store.transact("p1", edits([emit("project:deleted")], { clear: { epoch: "e2" } }));
      expect(await store.snapshot("p1")).toEqual({
        position: { epoch: "e2", seq: 0 },
        entities: {},
        registers: {},
      });
      expect(await store.page("p1", undefined, 10)).toMatchObject({ total: 0, entities: {} });
      expect(await store.projects()).toEqual([]);
      expect(await store.projectOfSession("s1")).toBeUndefined();
      expect(await store.projectOfSession("s2")).toBe("p2");
      expect(await store.entity("p1", "tasks", "t1")).toBeUndefined();
      expect(await store.entity("p2", "tasks", "t1")).toMatchObject({ title: "other" });
      const seen = await store.transact("p1", (view) => ({
        result: [
          view.count(),
          view.count("tasks"),
          view.claimsOf("s1"),
          view.oldest("mail"),
          view.register("focus"),
        ],
      }));
      expect(seen).toEqual([0, 0, [], undefined, undefined]);
      expect(await store.delta("p1", { epoch: "e2", seq: 0 })).toEqual({
        position: { epoch: "e2", seq: 0 },
        from: 0,
        changes: {},
        events: [],
        eventsLost: 0,
        registers: {},
      });
    });

    it("keeps what was answered, so that a late repeat is known", async () => {
      const store = await stores.open({ now: () => 10 });
      const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: "first", at: 10 };
      await store.transact("p1", edits([put("tasks", "t1")], { answer }));
      await store.transact(
        "p1",
        edits([emit("project:deleted")], {
          clear: { epoch: "e2" },
          answer: { ...answer, key: "2", n: 2, ack: "second" },
        }),
      );
      const kept = await store.transact("p1", (view) => ({
        result: [view.answer("o", "1")?.ack, view.answer("o", "2")?.ack, view.highest("o")],
      }));
      expect(kept).toEqual(["first", "second", 2]);
    });

    it("frees ids, sessions and claims for another life", async () => {
      const store = await stores.open();
      for (const epoch of ["e2", "e3"]) {
        await store.transact(
          "p1",
          edits([put("sessions", "s1"), put("tasks", "t1", { claimedBy: "s1", epoch })]),
        );
        expect(await store.projectOfSession("s1")).toBe("p1");
        await store.transact("p1", edits([emit("project:deleted")], { clear: { epoch } }));
      }
      await store.transact("p2", edits([put("sessions", "s1")]));
      await store.transact("p1", edits([put("tasks", "t1", { title: "third life" })]));
      expect(await store.projectOfSession("s1")).toBe("p2");
      expect((await store.snapshot("p1")).entities).toMatchObject({
        tasks: [{ title: "third life", version: 1 }],
      });
    });
  });
}
