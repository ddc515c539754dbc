import { afterEach, beforeEach, expect, it } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import { indexedDb } from "../../sdk/store/persistence/index.ts";
import { aTask, createMockServer, type MockServer } from "../../sdk/testing/index.ts";

const URL = "wss://live.example.com";
let mock: MockServer;
let database: string;
const clients: Client[] = [];

beforeEach(() => {
  mock = createMockServer({ url: URL, projects: { p1: { tasks: [aTask({ id: "t1", title: "kept" })] } } });
  database = `browser-${crypto.randomUUID()}`;
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await mock.close();
});

/** Another page of the same application. */
function open(): Client {
  const client = createClient({
    url: URL,
    projectId: "p1",
    persistence: indexedDb(database),
    ...mock.clientOptions,
  });
  clients.push(client);
  return client;
}

/** The page is gone; everything it kept is kept. */
async function leave(client: Client): Promise<void> {
  clients.splice(clients.indexOf(client), 1);
  await client.close();
}

const outcomes = (client: Client): unknown[] =>
  client.trace
    .export()
    .entries.filter(({ kind, name }) => kind === "sync" && name === "sync")
    .map(({ detail }) => (detail as { outcome: string }).outcome);

it("shows what IndexedDB kept before the network answers, then takes no more than a delta", async () => {
  const first = open();
  await first.connect();
  await leave(first);
  mock.faults.offline();
  mock.project("p1").create("tasks", { id: "t2", title: "made meanwhile" });

  const second = open();
  const live = second.connect();
  await expect.poll(() => second.tasks.get("t1")?.title).toBe("kept");
  expect(second.tasks.get("t2")).toBeUndefined();
  expect(second.status.getSnapshot().name).not.toBe("live");
  mock.faults.online();
  await live;

  expect(second.tasks.get("t2")?.title).toBe("made meanwhile");
  expect(outcomes(second)).toEqual(["delta"]);
});

it("shows an edit made offline in the next page and sends it once", async () => {
  const first = open();
  await first.connect();
  mock.faults.offline();
  first.tasks
    .update("t1", (draft) => {
      draft.title = "changed offline";
    })
    .acknowledged.catch(() => {});
  await leave(first);

  const second = open();
  const live = second.connect();
  await expect.poll(() => second.tasks.get("t1")?.title).toBe("changed offline");
  expect(second.mutations.getSnapshot().pending).toHaveLength(1);
  mock.faults.online();
  await live;
  await expect.poll(() => second.mutations.getSnapshot().pending).toHaveLength(0);

  expect(mock.project("p1").state().tasks).toMatchObject([
    { id: "t1", title: "changed offline", version: 2 },
  ]);
});
