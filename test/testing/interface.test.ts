import { setupServer } from "msw/node";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { aSession, aTask, createMockServer } from "../../sdk/testing/index.ts";
import { eventually } from "./on-both.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test("the example of the guide: handlers carry a client that knows of no mock", async () => {
  const mock = createMockServer({
    url: "wss://live.example.com",
    projects: { p1: { tasks: [aTask({ id: "t1", title: "One" })] } },
  });
  const worker = setupServer(...mock.handlers);
  worker.listen({ onUnhandledFrame: "error" });
  closers.push(() => worker.close());
  const client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  closers.push(() => client.close());
  closers.push(() => mock.close());
  await client.connect();
  expect(client.tasks.get("t1")).toMatchObject({ title: "One" });
  await client.tasks.update("t1", (draft) => {
    draft.title = "Two";
  }).synced;
  expect(mock.project("p1").state().tasks).toMatchObject([{ id: "t1", title: "Two" }]);
  mock.project("p1").create("sessions", aSession({ id: "s1" }));
  await eventually(() => client.sessions.get("s1")).toBeDefined();
  expect(mock.sent.map(({ event }) => event)).toEqual(["connect", "mutate"]);
});
