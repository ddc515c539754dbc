import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { createClient } from "../../sdk/client.ts";
import { collection, defineCollections } from "../../sdk/protocol/collection.ts";
import type { Task } from "../../sdk/protocol/entity.ts";
import {
  aMail,
  aSession,
  aTask,
  createMockServer,
  type MockOptions,
  type ProtocolSuiteOptions,
} from "../../sdk/testing/index.ts";

const widgets = collection("widget", z.object({ size: z.number() }));
const collections = defineCollections({ widgets });

/** Never called: `tsc` judges it. */
export function doesNotCompile(): void {
  // @ts-expect-error a status that no task has
  aTask({ status: "sleeping" });
  // @ts-expect-error a title is a text
  aTask({ title: 7 });
  // @ts-expect-error a status of tasks, not of sessions
  aSession({ status: "todo" });
  // @ts-expect-error a subject is a text
  aMail({ subject: null });

  const mock = createMockServer({ collections });
  // @ts-expect-error a project has no such collection
  createMockServer({ projects: { p1: { gadgets: [] } } });
  // @ts-expect-error a task is no session
  createMockServer({ projects: { p1: { sessions: [{ title: "no name" }] } } });
  // @ts-expect-error a widget has a size that is a number
  createMockServer({ collections, projects: { p1: { widgets: [{ size: "large" }] } } });
  // @ts-expect-error no such collection was declared
  mock.project("p1").create("gadgets", {});
  // @ts-expect-error a task has a title
  mock.project("p1").create("tasks", {});
  // @ts-expect-error a size is a number
  mock.project("p1").update("widgets", "w1", { size: "large" });
  // @ts-expect-error no code of the protocol
  mock.faults.rejectNext("TEAPOT");
  // @ts-expect-error what `git` carries has a type
  void mock.project("p1").publish("git", { message: 7 });
  // @ts-expect-error verifyToken says who it is
  ({ auth: { verifyToken: () => ({ name: "ann" }) } }) satisfies MockOptions;
  // @ts-expect-error a server is connected to
  ({ token: () => "t" }) satisfies ProtocolSuiteOptions;
}

test("a mock's collections carry over to clients, projects and state", () => {
  const mock = createMockServer({ collections, projects: { p1: { widgets: [{ id: "w1", size: 1 }] } } });
  const client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  const state = mock.project("p1").state();
  expectTypeOf(state.widgets[0]?.size).toEqualTypeOf<number | undefined>();
  expectTypeOf(state.tasks[0]).toExtend<Task | undefined>();
  expectTypeOf(client.collection("widgets").get("w1")?.size).toEqualTypeOf<number | undefined>();
  expectTypeOf(mock.project("p1").update("widgets", "w1", { size: 2 }).size).toEqualTypeOf<number>();
});

test("what was sent is typed by its event", () => {
  const mock = createMockServer();
  for (const sent of mock.sent) {
    if (sent.event === "focus:set") expectTypeOf(sent.payload.focused).toEqualTypeOf<boolean>();
    if (sent.event === "mutate") expectTypeOf(sent.payload.mutationId).toEqualTypeOf<string>();
  }
});
