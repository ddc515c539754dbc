import { describe, expect, it } from "vitest";
import type { View } from "../../../server/store/store.ts";
import { edits, put, remove } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

export function describeViews(stores: Stores): void {
  describe("a view", () => {
    it("shows the project as all transactions before left it", async () => {
      const store = await stores.open();
      await store.transact(
        "p1",
        edits([put("tasks", "t1", { title: "a" }), put("mail", "m1")], { registers: { r: 1 } }),
      );
      await store.transact("p2", edits([put("tasks", "t1", { title: "b" })]));
      const seen = await store.transact("p1", (view) => ({
        result: {
          projectId: view.projectId,
          seq: view.head.seq,
          title: view.entity("tasks", "t1")?.["title"],
          missing: view.entity("tasks", "t2"),
          elsewhere: view.entity("teamMembers", "t1"),
          counts: [view.count(), view.count("tasks"), view.count("sessions"), view.count("constructor")],
          register: [view.register("r"), view.register("q")],
        },
      }));
      expect(seen).toEqual({
        projectId: "p1",
        seq: 2,
        title: "a",
        missing: undefined,
        elsewhere: undefined,
        counts: [2, 1, 0, 0],
        register: [1, undefined],
      });
    });

    it("counts live entities through creations, updates and removals", async () => {
      const store = await stores.open();
      await store.transact("p1", edits([put("tasks", "t1"), put("tasks", "t2"), put("mail", "m1")]));
      await store.transact("p1", edits([put("tasks", "t1", { title: "x" }), remove("tasks", "t2")]));
      await store.transact("p1", edits([remove("tasks", "t2"), put("tasks", "t3")]));
      const counts = (view: View) => ({ result: [view.count(), view.count("tasks"), view.count("mail")] });
      expect(await store.transact("p1", counts)).toEqual([3, 2, 1]);
      await store.transact("p1", edits([remove("tasks", "t1"), remove("tasks", "t3"), remove("mail", "m1")]));
      expect(await store.transact("p1", counts)).toEqual([0, 0, 0]);
    });

    it("knows the tasks a session claims", async () => {
      const store = await stores.open();
      const claims = (sessionId: string) =>
        store.transact("p1", (view) => ({ result: [...view.claimsOf(sessionId)].sort() }));
      await store.transact(
        "p1",
        edits([
          put("tasks", "t1", { claimedBy: "s1" }),
          put("tasks", "t2", { claimedBy: "s1" }),
          put("tasks", "t3", { claimedBy: "s10" }),
          put("notes", "n1", { claimedBy: "s1" }),
        ]),
      );
      expect(await claims("s1")).toEqual(["t1", "t2"]);
      await store.transact(
        "p1",
        edits([
          put("tasks", "t1", { claimedBy: "s2" }),
          put("tasks", "t2", { title: "still" }),
          put("tasks", "t3", { claimedBy: undefined }),
        ]),
      );
      expect([await claims("s1"), await claims("s2"), await claims("s10")]).toEqual([["t2"], ["t1"], []]);
      await store.transact("p1", edits([remove("tasks", "t1"), remove("tasks", "t2")]));
      expect([await claims("s1"), await claims("s2")]).toEqual([[], []]);
      expect(await store.transact("p2", (view) => ({ result: view.claimsOf("s1") }))).toEqual([]);
    });

    it("knows which project a session belongs to, in any project", async () => {
      const store = await stores.open();
      await store.transact("p1", edits([put("sessions", "s1"), put("sessions", "s2")]));
      await store.transact(
        "p1",
        edits([put("sessions", "s1", { status: "working" }), remove("sessions", "s2")]),
      );
      const fromElsewhere = await store.transact("p2", (view) => ({
        result: [view.projectOfSession("s1"), view.projectOfSession("s2"), view.projectOfSession("s3")],
      }));
      expect(fromElsewhere).toEqual(["p1", undefined, undefined]);
      await store.transact("p2", edits([put("sessions", "s2")]));
      expect(await store.projectOfSession("s2")).toBe("p2");
    });

    it("lets one of many that make the same session find it made", async () => {
      const store = await stores.open();
      const make = (projectId: string) =>
        store.transact(projectId, (view) => {
          const owner = view.projectOfSession("s1");
          return owner === undefined
            ? { ...edits([put("sessions", "s1")])(view), result: "made" }
            : { result: "there" };
        });
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, at) => make(`p${at}`)));
      expect(outcomes.filter((outcome) => outcome === "made")).toHaveLength(1);
    });

    it("finds the oldest of a collection by creation, then seq, through updates and removals", async () => {
      const store = await stores.open();
      const oldest = () => store.transact("p1", (view) => ({ result: view.oldest("mail")?.id }));
      expect(await oldest()).toBeUndefined();
      await store.transact(
        "p1",
        edits([
          put("mail", "late", { createdAt: 30 }),
          put("mail", "a", { createdAt: 10 }),
          put("mail", "b", { createdAt: 10 }),
          put("mail", "c", { createdAt: 10 }),
          put("tasks", "t1", { createdAt: 1 }),
        ]),
      );
      expect(await oldest()).toBe("a");
      await store.transact("p1", edits([put("mail", "a", { read: true })]));
      expect(await oldest()).toBe("b");
      await store.transact("p1", edits([remove("mail", "b"), put("mail", "early", { createdAt: 5 })]));
      expect(await oldest()).toBe("early");
      await store.transact("p1", edits([remove("mail", "early"), remove("mail", "c")]));
      expect(await oldest()).toBe("a");
      await store.transact("p1", edits([remove("mail", "a")]));
      await store.transact("p1", edits([put("mail", "a", { createdAt: 40 })]));
      expect(await oldest()).toBe("late");
      await store.transact("p1", edits([remove("mail", "late")]));
      expect(await oldest()).toBe("a");
    });

    it("finds the oldest through the coming and going of thousands", async () => {
      const store = await stores.open();
      await store.transact("p1", edits(Array.from({ length: 300 }, (_, at) => put("mail", `m${at}`))));
      for (let at = 300; at < 600; at += 1) {
        const out = await store.transact("p1", (view) => {
          const oldest = view.oldest("mail")?.id ?? "";
          return { ...edits([put("mail", `m${at}`), remove("mail", oldest)])(view), result: oldest };
        });
        expect(out).toBe(`m${at - 300}`);
      }
    });
  });
}
