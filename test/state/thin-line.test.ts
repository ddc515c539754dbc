import { afterEach, expect, test } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { createMemoryNetwork } from "../../sdk/testing/memory-transport.ts";
import { openHub, realClock } from "../behaviour/open-hub.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function world() {
  const { hub } = openHub({ verifier: false });
  let ids = 0;
  const createId = (): string => `x-${++ids}`;
  const network = createMemoryNetwork({ hub: () => hub, clock: realClock, createId });
  closers.push(() => hub.close());
  return {
    network,
    open(projectId = "p1") {
      const errors: unknown[] = [];
      const client = createClient({
        url: "http://127.0.0.1",
        projectId,
        transport: network.connect,
        createId,
        onError: (error) => void errors.push(error),
      });
      closers.push(async () => {
        await client.close();
        expect(errors).toEqual([]);
      });
      return client;
    },
  };
}

test("a task made by one client is shown by another, and renamed by both", async () => {
  const { open } = world();
  const [a, b] = [open(), open()];
  await Promise.all([a.connect(), b.connect()]);
  const made = a.tasks.create({ title: "one" });
  expect(a.tasks.get(made.entityId)?.title).toBe("one");
  await made.synced;
  expect(made.status).toBe("synced");
  await expect.poll(() => b.tasks.get(made.entityId)?.title).toBe("one");
  const renamed = b.tasks.update(made.entityId, (draft) => {
    draft.title = "two";
  });
  expect(b.tasks.get(made.entityId)?.title).toBe("two");
  await renamed.synced;
  await expect.poll(() => a.tasks.get(made.entityId)?.title).toBe("two");
  expect(a.tasks.get(made.entityId)).toEqual(b.tasks.get(made.entityId));
});

test("what was missed while cut off comes with one delta and one notification", async () => {
  const { open, network } = world();
  const [a, b] = [open(), open()];
  await a.connect();
  const [cut] = [...network.connections];
  await b.connect();
  const task = await b.tasks.create({ title: "t" }).synced;
  await expect.poll(() => a.tasks.list().length).toBe(1);
  cut?.cut();
  for (let i = 0; i < 20; i++) {
    await b.tasks.update(task?.id ?? "", (draft) => {
      draft.title = `t${i}`;
    }).acknowledged;
  }
  let told = 0;
  a.tasks.subscribe(() => {
    told += 1;
  });
  await a.reconnect();
  expect(a.tasks.get(task?.id ?? "")?.title).toBe("t19");
  expect(told).toBe(1);
});

test("a rename the server refuses leaves the screen in one step and is reported once", async () => {
  const { open } = world();
  const a = open();
  await a.connect();
  const task = await a.tasks.create({ title: "good" }).synced;
  const shown: (string | undefined)[] = [];
  const reports: string[] = [];
  a.tasks.subscribe(() => void shown.push(a.tasks.get(task?.id ?? "")?.title));
  a.mutations.onRejected((_, error) => void reports.push(error.code));
  const renamed = a.tasks.update(task?.id ?? "", (draft) => {
    draft.title = "";
  });
  await expect(renamed.acknowledged).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect(shown).toEqual(["", "good"]);
  expect(reports).toEqual(["BAD_REQUEST"]);
  expect(a.mutations.getSnapshot().pending).toEqual([]);
});
