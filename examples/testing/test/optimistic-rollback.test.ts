import { createClient, isHoldfastError } from "holdfast";
import { aTask, createMockServer } from "holdfast/testing";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, test } from "vitest";

const url = "wss://live.example.com";
const mock = createMockServer({ url, projects: { p1: { tasks: [aTask({ id: "t1", title: "Theirs" })] } } });
const msw = setupServer(...mock.handlers);

beforeAll(() => msw.listen());
afterAll(async () => {
  await mock.close();
  msw.close();
});

test("an edit shows at once, and leaves the screen when the server refuses it", async () => {
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  await client.connect();
  const titles: (string | undefined)[] = [];
  client.tasks.subscribe(() => titles.push(client.tasks.get("t1")?.title));
  const rejected: string[] = [];
  client.mutations.onRejected((_, error) => rejected.push(error.message));

  mock.faults.rejectNext("CONFLICT", { message: "Somebody was faster" });
  const edit = client.tasks.update("t1", (task) => {
    task.title = "Mine";
  });
  expect(client.tasks.get("t1")?.title).toBe("Mine");

  const error = await edit.acknowledged.catch((error: unknown) => error);
  expect(isHoldfastError(error, "CONFLICT")).toBe(true);
  expect(titles).toEqual(["Mine", "Theirs"]);
  expect(rejected).toEqual(["Somebody was faster"]);
  await client.close();
});
