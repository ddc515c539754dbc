import { beforeEach, describe, expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { anEntity, anEvent } from "../state/entities.ts";
import { settled } from "../state/fake-link.ts";
import type { PartWorld } from "../state/part-world.ts";
import { ack, connect, live, rename } from "./live-world.ts";

let world: PartWorld;
beforeEach(async () => {
  world = await live();
});

describe("a write", () => {
  test("is shown at once, sent, acknowledged, and synced once the base holds it", async () => {
    const { link, tasks, mutations, errors } = world;
    const renamed = rename(world, "B");
    expect([tasks.get("t")?.title, renamed.status, renamed.id]).toEqual(["B", "queued", "c1:1"]);
    expect(mutations.getSnapshot().pending).toMatchObject([
      { id: "c1:1", collection: "tasks", entityId: "t", op: "update", status: "queued", attempts: 0 },
    ]);
    await settled();
    expect(link.open[0]).toMatchObject({
      event: "mutate",
      payload: {
        mutationId: "c1:1",
        projectId: "p1",
        op: "update",
        collection: "tasks",
        id: "t",
        patches: [{ op: "replace", path: ["title"], value: "B" }],
      },
    });
    expect(mutations.getSnapshot().pending).toMatchObject([{ status: "sent", attempts: 1 }]);
    const result = anEntity("t", { title: "B", version: 2, seq: 6 });
    link.open[0]?.answer(ack(6, result));
    await expect(renamed.acknowledged).resolves.toEqual(result);
    expect([renamed.status, tasks.get("t")?.title]).toEqual(["acknowledged", "B"]);
    expect(mutations.getSnapshot().pending).toEqual([]);
    link.say("events", { events: [anEvent("task:updated", 6, result, { mutationId: "c1:1" })] });
    await expect(renamed.synced).resolves.toBe(tasks.get("t"));
    expect([renamed.status, errors]).toEqual(["synced", []]);
  });

  test("whose event comes before its ack is done with the event", async () => {
    const { link, tasks, mutations } = world;
    const renamed = rename(world, "B");
    await settled();
    const result = anEntity("t", { title: "B", version: 2, seq: 6 });
    link.say("events", { events: [anEvent("task:updated", 6, result, { mutationId: "c1:1" })] });
    await expect(renamed.acknowledged).resolves.toBe(result);
    await expect(renamed.synced).resolves.toBe(result);
    expect(mutations.getSnapshot().pending).toEqual([]);
    link.open[0]?.answer(ack(6, result));
    await settled();
    expect([renamed.status, tasks.get("t")]).toEqual(["synced", result]);
  });

  test("of what is not there is rejected without being sent", async () => {
    const { link, tasks, mutations } = world;
    const reports: unknown[] = [];
    mutations.onRejected(({ op, entityId }, { code }) => void reports.push([op, entityId, code]));
    const [updated, removed] = [rename(world, "B", "nobody"), tasks.remove("nobody")];
    await expect(updated.acknowledged).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(removed.synced).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect([updated.status, link.open, mutations.getSnapshot().pending]).toEqual(["rejected", [], []]);
    expect(reports).toEqual([
      ["update", "nobody", "NOT_FOUND"],
      ["remove", "nobody", "NOT_FOUND"],
    ]);
  });

  test("with a throwing recipe throws and leaves nothing behind", () => {
    const { tasks, mutations } = world;
    const recipe = (): void => {
      throw new Error("recipe");
    };
    expect(() => tasks.update("t", recipe)).toThrow("recipe");
    expect([tasks.get("t")?.title, mutations.getSnapshot().pending]).toEqual(["A", []]);
  });

  test("that changes nothing is done at once", async () => {
    const { link, tasks } = world;
    const same = rename(world, "A");
    await expect(same.synced).resolves.toBe(tasks.get("t"));
    await settled();
    expect([same.status, link.open]).toEqual(["synced", []]);
  });

  test("too large for a frame is refused here", async () => {
    const { link, tasks } = world;
    const large = tasks.create({ title: "x", note: "y".repeat(1_100_000) });
    await expect(large.acknowledged).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect([tasks.list().length, link.open]).toEqual([1, []]);
  });

  test("nobody waits for is no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    const renamed = rename(world, "B");
    const promises = [renamed.acknowledged, renamed.synced];
    await settled();
    world.link.open[0]?.refuse(new HoldfastError("FORBIDDEN", "no"));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unhandled).toEqual([]);
    await expect(promises[0]).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(renamed.synced).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("a creation", () => {
  test("makes an id where none is given, and looks as the server will make it", async () => {
    const { link, tasks } = world;
    const made = tasks.create({ title: "N" });
    expect(tasks.get("made-c1-1")).toEqual({
      ...{ id: "made-c1-1", projectId: "p1", version: 0, seq: 0, createdAt: 1_000_000, updatedAt: 1_000_000 },
      ...{ title: "N", status: "todo", sessionIds: [] },
    });
    await settled();
    expect([made.entityId, link.open[0]?.payload]).toEqual([
      "made-c1-1",
      {
        mutationId: "c1:1",
        projectId: "p1",
        op: "create",
        collection: "tasks",
        id: "made-c1-1",
        value: { title: "N" },
      },
    ]);
  });

  test("that is refused takes what builds on it along, each with an error of its own, in one commit", async () => {
    const { link, tasks, mutations } = world;
    link.goDown();
    const made = tasks.create({ id: "n", title: "N" });
    const renamed = rename(world, "M", "n");
    const other = rename(world, "B");
    const shown: unknown[] = [];
    tasks.subscribe(() => void shown.push(tasks.get("n")?.title));
    const reports: string[] = [];
    mutations.onRejected(({ id }, { code }) => void reports.push(`${id} ${code}`));
    await connect(world);
    // Somebody else may own the id: what builds on it waits for the answer, and so does what comes after.
    expect(link.open.map(({ payload }) => payload["mutationId"])).toEqual(["c1:1"]);
    link.open[0]?.refuse(new HoldfastError("CONFLICT", "exists", { details: { current: anEntity("n") } }));
    await expect(made.acknowledged).rejects.toMatchObject({
      code: "CONFLICT",
      details: { current: { id: "n" } },
    });
    await expect(renamed.acknowledged).rejects.toMatchObject({
      code: "NOT_FOUND",
      details: { dependsOn: "c1:1", code: "CONFLICT" },
    });
    expect(shown).toEqual([undefined]);
    expect(reports).toEqual(["c1:1 CONFLICT", "c1:2 NOT_FOUND"]);
    expect(link.open.map(({ payload }) => payload["mutationId"])).toEqual(["c1:3"]);
    expect(other.status).toBe("sent");
  });

  test("under an id of our own lets what builds on it go along", async () => {
    const { link, tasks } = world;
    const made = tasks.create({ title: "N" });
    const renamed = rename(world, "M", made.entityId);
    await settled();
    expect(link.open).toHaveLength(2);
    link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "no"));
    await settled();
    expect([made.status, renamed.status, tasks.list().length]).toEqual(["rejected", "sent", 1]);
    link.open[0]?.refuse(new HoldfastError("NOT_FOUND", "none"));
    await expect(renamed.acknowledged).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a refused write", () => {
  test("leaves the screen in one commit and is reported once, after it left", async () => {
    const { link, tasks, mutations, errors } = world;
    const renamed = rename(world, "B");
    await settled();
    const seen: unknown[] = [];
    tasks.subscribe(() => void seen.push(tasks.get("t")?.title));
    mutations.onRejected(({ id, op }, { code }) => void seen.push([id, op, code, tasks.get("t")?.title]));
    mutations.onRejected(() => {
      throw new Error("listener");
    });
    link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "no"));
    await expect(renamed.synced).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(seen).toEqual(["A", ["c1:1", "update", "BAD_REQUEST", "A"]]);
    expect(errors).toEqual([new Error("listener")]);
  });

  test("leaves later ones of the same entity on the screen", async () => {
    const { link, tasks } = world;
    rename(world, "B");
    tasks.update("t", (draft) => {
      draft["note"] = "n";
    });
    await settled();
    link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "no"));
    await settled();
    expect(tasks.get("t")).toMatchObject({ title: "A", note: "n" });
  });
});

describe("by name", () => {
  const sent = async () => {
    await settled();
    const { event, payload } = world.link.open.at(-1) ?? {};
    return { event, payload };
  };

  test("a claim shows its holder, and nothing where another holds it", async () => {
    const { tasks, link } = world;
    tasks.claim("t", "s");
    expect(tasks.get("t")?.claimedBy).toBe("s");
    expect(await sent()).toMatchObject({
      event: "mutate",
      payload: { op: "claim", id: "t", value: { sessionId: "s" } },
    });
    tasks.claim("t", "other");
    expect(tasks.get("t")?.claimedBy).toBe("s");
    tasks.release("t");
    expect(tasks.get("t")?.claimedBy).toBeUndefined();
    expect(await sent()).toMatchObject({ payload: { op: "release", value: { sessionId: "s" } } });
    expect(link.open).toHaveLength(3);
  });

  test("a spawn shows a spawning session", async () => {
    const { mutations } = world;
    const spawned = mutations.sessions.spawn({ name: "build", command: "shell" });
    expect(mutations.sessions.get(spawned.entityId)).toMatchObject({
      status: "spawning",
      name: "build",
      taskIds: [],
    });
    expect(await sent()).toEqual({
      event: "session:spawn",
      payload: { id: "made-c1-1", name: "build", command: "shell", projectId: "p1", mutationId: "c1:1" },
    });
  });

  test("an answer sets a session working again", async () => {
    const { mutations } = world;
    mutations.sessions.replyInput("s", "yes");
    expect(mutations.sessions.get("s")).toMatchObject({ status: "working", needsInput: { active: false } });
    expect(await sent()).toEqual({
      event: "session:reply-input",
      payload: { sessionId: "s", input: "yes", projectId: "p1", mutationId: "c1:1" },
    });
  });

  test("a choice in a modal goes to the session", async () => {
    world.mutations.sessions.modalAction("s", "m", { button: "ok" });
    expect(await sent()).toEqual({
      event: "session:modal_action",
      payload: {
        sessionId: "s",
        modalId: "m",
        action: { button: "ok" },
        projectId: "p1",
        mutationId: "c1:1",
      },
    });
  });

  test("a mail is shown until the server's own takes its place, in one commit", async () => {
    const { mutations, link } = world;
    const { mail } = mutations;
    const counts: number[] = [];
    mail.subscribe(() => void counts.push(mail.list().length));
    const posted = mail.send({ toSessionId: "s", subject: "hi", body: "there" });
    expect(mail.list()).toMatchObject([
      { fromSessionId: "ui:ada", type: "directive", subject: "hi", version: 0 },
    ]);
    expect(await sent()).toMatchObject({
      event: "mail:send",
      payload: { toSessionId: "s", subject: "hi", body: "there" },
    });
    const made = anEntity("mail-9", { subject: "hi" });
    link.say("events", { events: [anEvent("mail:received", 6, made, { mutationId: "c1:1" })] });
    await expect(posted.synced).resolves.toBe(made);
    expect([counts, mail.list()]).toEqual([[1, 1], [made]]);
  });

  test("a collection is the same object, whichever way it is asked for", () => {
    const { mutations } = world;
    expect(mutations.collection("tasks")).toBe(mutations.tasks);
    expect(mutations.collection("widgets")).toBe(mutations.collection("widgets"));
  });
});

describe("another project", () => {
  test("keeps what was written for the old one on its way, and off the screen", async () => {
    const { link, sync, tasks } = world;
    link.goDown();
    const renamed = rename(world, "B");
    sync.reset?.("p2");
    expect(tasks.list()).toEqual([]);
    const position = { epoch: "f1", seq: 1 };
    world.store.commit({ base: new Map(), position });
    await connect(world);
    expect(link.open[0]?.payload).toMatchObject({ mutationId: "c1:1", projectId: "p1" });
    link.open[0]?.answer(ack(6, anEntity("t", { title: "B", version: 2 })));
    await expect(renamed.synced).resolves.toMatchObject({ title: "B" });
    expect(tasks.list()).toEqual([]);
  });

  test("is what a write to `projects` is for", async () => {
    const { mutations, link } = world;
    const made = mutations.collection("projects").create({ id: "p9", name: "Nine" });
    await settled();
    expect(link.open[0]?.payload).toMatchObject({ projectId: "p9", collection: "projects", id: "p9" });
    link.open[0]?.answer({ ...ack(1, anEntity("p9")), epoch: "other" });
    await expect(made.synced).resolves.toMatchObject({ id: "p9" });
  });
});

test("another user takes everything pending along: rejected, reported, never sent", async () => {
  const { mutations, link, tasks } = world;
  link.goDown();
  const renamed = rename(world, "B");
  const reports: string[] = [];
  mutations.onRejected((_, { code }) => void reports.push(code));
  mutations.abandon(new HoldfastError("SUBJECT_CHANGED", "other"));
  await expect(renamed.acknowledged).rejects.toMatchObject({ code: "SUBJECT_CHANGED" });
  expect([tasks.get("t")?.title, reports]).toEqual(["A", ["SUBJECT_CHANGED"]]);
  await connect(world);
  expect(link.open).toEqual([]);
});

test("an ack of a history that is still to come waits for it", async () => {
  const { link, store, tasks } = world;
  const renamed = rename(world, "B");
  await settled();
  link.open[0]?.answer({ ...ack(2, anEntity("t", { title: "B" })), epoch: "e2" });
  await settled();
  const task = anEntity("t", { title: "B", version: 7 });
  store.commit({
    base: new Map([["tasks", new Map([["t", anEntity("t", { title: "C" })]])]]),
    position: { epoch: "e1", seq: 9 },
  });
  expect([renamed.status, tasks.get("t")?.title]).toEqual(["acknowledged", "B"]);
  store.commit({ replace: new Map([["tasks", new Map([["t", task]])]]), position: { epoch: "e2", seq: 2 } });
  await expect(renamed.synced).resolves.toBe(task);
});

test("a remote change of one entity leaves the pending writes of a hundred others alone", async () => {
  const { store, tasks, link } = world;
  link.goDown();
  const others = Array.from({ length: 100 }, (_, index) => anEntity(`o${index}`, { title: "o" }));
  store.commit({ base: new Map([["tasks", new Map(others.map((entity) => [entity.id, entity]))]]) });
  for (const { id } of others) rename(world, "mine", id);
  const shown = others.map(({ id }) => tasks.get(id));
  store.commit({
    base: new Map([["tasks", new Map([["t", anEntity("t", { title: "remote", version: 2 })]])]]),
  });
  expect(others.every(({ id }, index) => tasks.get(id) === shown[index])).toBe(true);
  expect(tasks.get("t")?.title).toBe("remote");
});
