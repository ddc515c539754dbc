import { expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import type { Mutation, TasksCollection } from "../../sdk/mutations/index.ts";
import type { Entity, Envelope } from "../../sdk/protocol/index.ts";
import { type FakeRequest, settled } from "../state/fake-link.ts";
import { type Answer, createModelServer, type ModelServer, type Refusal } from "../state/model-server.ts";
import { createPartWorld } from "../state/part-world.ts";
import { playAll, type Run, type Step } from "./interleavings.ts";

interface Scenario {
  readonly name: string;
  readonly before?: Readonly<Record<string, unknown>>;
  /** Own writes, each at any time. */
  readonly own: readonly ((tasks: TasksCollection) => Mutation)[];
  /** Others' writes, each at any time. */
  readonly remote: readonly ((server: ModelServer) => Envelope)[];
  readonly judge?: (payload: Readonly<Record<string, unknown>>) => Refusal | undefined;
  /** How often the connection may break. */
  readonly cuts: number;
  /** Times the history may begin anew while the connection is down. */
  readonly restarts?: number;
  /** What of the entity is looked at. */
  readonly look?: (entity: Entity | undefined) => unknown;
}

const title = (entity: Entity | undefined): unknown => entity?.["title"] ?? null;
const rename =
  (to: string, id = "t") =>
  (tasks: TasksCollection) =>
    tasks.update(id, (draft) => {
      draft.title = to;
    });

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a rename and a remote rename of the same field",
    own: [rename("B")],
    remote: [(server) => server.edit("t", { title: "C" })],
    cuts: 2,
  },
  {
    name: "a rename and two remote edits, one of another field",
    own: [rename("B")],
    remote: [(server) => server.edit("t", { title: "C" }), (server) => server.edit("t", { note: "n" })],
    look: (entity) => [entity?.["title"], entity?.["note"]],
    cuts: 1,
  },
  {
    name: "two renames on the way at once and a remote one",
    own: [rename("B"), rename("D")],
    remote: [(server) => server.edit("t", { title: "C" })],
    cuts: 1,
  },
  {
    name: "a refused rename and a remote one",
    own: [rename("B")],
    remote: [(server) => server.edit("t", { title: "C" })],
    judge: () => ({ code: "BAD_REQUEST" }),
    cuts: 2,
  },
  {
    name: "a refused rename before one that is taken",
    own: [rename("B"), rename("D")],
    remote: [],
    judge: ({ mutationId }) => (mutationId === "c1:1" ? { code: "BAD_REQUEST" } : undefined),
    cuts: 1,
  },
  {
    name: "an item pushed to a list that somebody else touches",
    before: { tags: ["a"] },
    own: [
      (tasks) =>
        tasks.update("t", (draft) => {
          // The recipe knows its own tasks.
          (draft["tags"] as string[]).push("mine");
        }),
    ],
    remote: [(server) => server.edit("t", { note: "n" })],
    look: (entity) => [entity?.["tags"], entity?.["note"]],
    cuts: 2,
  },
  {
    name: "two items pushed to a list one after the other",
    before: { tags: [] },
    own: ["x", "y"].map(
      (tag) => (tasks: TasksCollection) =>
        tasks.update("t", (draft) => {
          (draft["tags"] as string[]).push(tag);
        }),
    ),
    remote: [],
    look: (entity) => entity?.["tags"],
    cuts: 1,
  },
  {
    name: "a removal and a remote rename",
    own: [(tasks) => tasks.remove("t")],
    remote: [(server) => (server.get("t") ? server.edit("t", { title: "C" }) : server.create("other", {}))],
    cuts: 2,
  },
  {
    name: "a creation and its rename",
    own: [(tasks) => tasks.create({ title: "N" }), rename("B", "made-c1-1")],
    remote: [(server) => server.create("other", {})],
    cuts: 1,
  },
  {
    name: "a creation under an id of the application's own, and its rename",
    own: [(tasks) => tasks.create({ id: "new", title: "N" }), rename("B", "new")],
    remote: [(server) => server.create("other", {})],
    cuts: 1,
  },
  {
    name: "a refused creation and its rename",
    own: [(tasks) => tasks.create({ title: "N" }), rename("B", "made-c1-1")],
    remote: [],
    judge: ({ op }) => (op === "create" ? { code: "BAD_REQUEST" } : undefined),
    cuts: 1,
  },
  {
    name: "a creation under an id that somebody else takes, and its rename",
    own: [(tasks) => tasks.create({ id: "new", title: "N" }), rename("B", "new")],
    remote: [
      (server) =>
        server.get("new") ? server.edit("new", { note: "n" }) : server.create("new", { title: "O" }),
    ],
    cuts: 1,
  },
  {
    name: "a rename while the history begins anew",
    own: [rename("B")],
    remote: [(server) => server.edit("t", { title: "C" })],
    cuts: 1,
    restarts: 1,
  },
];

/** The client at one end, the model at the other, and between them what is on its way: all of it stepped by hand. */
async function begin(scenario: Scenario): Promise<Run> {
  const server = createModelServer(scenario.judge);
  const { link, tasks, sync, store, errors } = createPartWorld();
  server.create("t", { title: "A", ...scenario.before });
  link.goUp();
  link.say("state:synced", { success: true, ...server.sync(undefined) });
  await settled();

  const look = scenario.look ?? title;
  const pictures: string[] = [];
  const mutations: Mutation[] = [];
  const picture = (): void => {
    const now = JSON.stringify([
      look(tasks.get("t")),
      ...["new", "made-c1-1"].map((id) => title(tasks.get(id))),
    ]);
    if (pictures.at(-1) !== now) pictures.push(now);
  };
  picture();
  tasks.subscribe(picture);

  const own = [...scenario.own];
  const remote = [...scenario.remote];
  const toServer: FakeRequest[] = [];
  const seen = new Set<FakeRequest>();
  let events: Envelope[] = [];
  let answers: { readonly request: FakeRequest; readonly answer: Answer }[] = [];
  let cuts = scenario.cuts;
  let restarts = scenario.restarts ?? 0;

  const collect = (): void => {
    for (const request of link.open) {
      if (seen.has(request)) continue;
      seen.add(request);
      toServer.push(request);
    }
  };
  const step = (name: string, take: () => void): Step => ({
    name,
    async take() {
      take();
      await settled();
      collect();
    },
  });
  const serve = (): void => {
    const request = toServer.shift();
    if (request === undefined) return;
    if (request.event === "state:sync") {
      const since = request.payload["since"] as { epoch: string; seq: number } | undefined;
      answers.push({ request, answer: { ack: server.sync(since) } });
      return;
    }
    const { answer, events: made } = server.mutate(request.payload);
    answers.push({ request, answer });
    events.push(...made);
  };
  const reply = (): void => {
    const [first, ...rest] = answers;
    answers = rest;
    if (first === undefined) return;
    if ("ack" in first.answer) first.request.answer(first.answer.ack);
    else {
      const { code, details } = first.answer.refusal;
      first.request.refuse(new HoldfastError(code, "refused", { details }));
    }
  };

  return {
    steps() {
      const steps: Step[] = [];
      const [write] = own;
      if (write !== undefined) {
        steps.push(
          step("write", () => {
            own.shift();
            mutations.push(write(tasks));
          }),
        );
      }
      const [other] = remote;
      if (other !== undefined) {
        steps.push(
          step("remote", () => {
            const made = other(server);
            remote.shift();
            if (link.up !== undefined) events.push(made);
          }),
        );
      }
      if (link.up === undefined) {
        if (restarts > 0) {
          steps.push(
            step("restart", () => {
              restarts -= 1;
              server.restart("e2");
            }),
          );
        }
        steps.push(
          step("connect", () => {
            const handshake = sync.handshake?.() as { sync: { since?: { epoch: string; seq: number } } };
            const { since } = JSON.parse(JSON.stringify(handshake.sync)) as typeof handshake.sync;
            link.goUp();
            link.say("state:synced", { success: true, ...server.sync(since) });
          }),
        );
        return steps;
      }
      if (toServer.length > 0) steps.push(step("serve", serve));
      if (events.length > 0) {
        steps.push(
          step("event", () => {
            const event = events.shift();
            if (event !== undefined) link.say("events", { events: [event] });
          }),
        );
      }
      if (answers.length > 0) steps.push(step("answer", reply));
      // A break is worth trying only while something is on its way.
      if (cuts > 0 && mutations.length > 0 && toServer.length + events.length + answers.length > 0) {
        steps.push(
          step("cut", () => {
            cuts -= 1;
            toServer.length = 0;
            events = [];
            answers = [];
            link.goDown();
          }),
        );
      }
      return steps;
    },
    check(path) {
      const about = `${path.join(" ")}\n${pictures.join(" → ")}`;
      const final = [...(store.tables().get("tasks")?.values() ?? [])];
      const there = ["t", "new", "made-c1-1", "other"].flatMap((id) => server.get(id) ?? []);
      expect(final, about).toEqual(expect.arrayContaining(there));
      expect(final.length, about).toBe(there.length);
      expect([...tasks.list()], about).toEqual(expect.arrayContaining(there));
      for (const [id, times] of server.applied) expect(times, `${id} ${about}`).toBe(1);
      for (const { status } of mutations) expect(["synced", "rejected"], about).toContain(status);
      expect(errors, about).toEqual([]);
      const isRefused = mutations.some(({ status }) => status === "rejected");
      // What a refusal takes back may be what stood there before, once.
      const returns = pictures.length - new Set(pictures).size;
      expect(returns, about).toBeLessThanOrEqual(isRefused ? 1 : 0);
    },
  };
}

for (const scenario of SCENARIOS) {
  test(`no order of ack, echo, remote edit, rejection and disconnect shows A, B, A: ${scenario.name}`, async () => {
    const runs = await playAll(() => begin(scenario));
    expect(runs).toBeGreaterThan(5);
    console.log(`${scenario.name}: ${runs} orders`);
  });
}
