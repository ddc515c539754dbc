import { createClient } from "holdfast";
import { memory } from "holdfast/persistence";
import { aTask, createMockServer } from "holdfast/testing";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, test } from "vitest";

const url = "wss://live.example.com";
const mock = createMockServer({ url, projects: { p1: { tasks: [aTask({ id: "t1", title: "Draft" })] } } });
const msw = setupServer(...mock.handlers);

beforeAll(() => msw.listen());
afterAll(async () => {
  await mock.close();
  msw.close();
});

test("an edit made offline survives a reload and is sent once", async () => {
  // Where the page has indexedDb("my-app").
  const persistence = memory();
  const open = () => createClient({ url, projectId: "p1", persistence, ...mock.clientOptions });
  const page = open();
  await page.connect();

  mock.faults.offline();
  page.tasks.update("t1", (task) => {
    task.title = "Edited on the train";
  });
  await page.close();

  const reloaded = open();
  const connected = reloaded.connect();
  mock.faults.online();
  await connected;
  await expect.poll(() => reloaded.mutations.getSnapshot().pending).toEqual([]);

  expect(mock.project("p1").state().tasks).toMatchObject([{ title: "Edited on the train", version: 2 }]);
  expect(reloaded.tasks.get("t1")?.title).toBe("Edited on the train");
  await reloaded.close();
});
