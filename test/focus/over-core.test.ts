import { afterEach, expect, it } from "vitest";
import type { Client } from "../../sdk/interface.ts";
import { type CoreWorld, openCoreWorld } from "../client/core-world.ts";

let world: CoreWorld;
afterEach(() => world.close());

/** Two live clients of a project with six sessions. */
async function open(): Promise<[Client, Client]> {
  world = openCoreWorld();
  const clients: [Client, Client] = [world.client(), world.client()];
  for (const client of clients) void client.connect();
  await world.settle(100);
  for (let n = 1; n <= 6; n++) clients[0].sessions.create({ id: `s${n}`, name: `Session ${n}` });
  await world.settle(500);
  return clients;
}

const focused = ({ focus }: Client): readonly string[] => focus.getSnapshot().focusedSessions;

/** Breaks this client's connection alone, so that another one acts before it is back. */
async function sleep(client: Client): Promise<void> {
  world.cut();
  await world.settle();
  expect(client.status.getSnapshot().name).toBe("waiting");
}

it("is shown at once, agreed on by everybody, and holds four: the oldest makes room", async () => {
  const [ann, bob] = await open();
  const sets = ["s1", "s2", "s3", "s4", "s5"].map((id) => ann.focus.set(id, true));
  expect(focused(ann)).toEqual(["s2", "s3", "s4", "s5"]);
  await world.settle(1_000);
  await Promise.all(sets);
  expect(focused(ann)).toEqual(focused(bob));
  expect(focused(bob)).toHaveLength(4);
  expect(focused(bob)).not.toContain("s1");
  expect(ann.focus.getSnapshot().version).toBe(bob.focus.getSnapshot().version);
  expect(world.errors).toEqual([]);
});

it("of a client that slept is not moved back by what it wished then", async () => {
  const [ann, bob] = await open();
  await ann.focus.set("s1", true);
  await world.settle(500);
  await sleep(ann);
  // Ann sees s1 in front and wishes it away; meanwhile Bob, back first, takes it away and puts it in front again.
  const wish = ann.focus.set("s1", false);
  const refused = wish.catch((error: unknown) => error);
  void bob.reconnect();
  await world.settle();
  await bob.focus.set("s1", false);
  await bob.focus.set("s1", true);
  expect(ann.status.getSnapshot().name).toBe("waiting");
  await world.settle(3_000);
  expect(await refused).toMatchObject({ code: "CONFLICT" });
  expect(focused(bob)).toEqual(["s1"]);
  expect(focused(ann)).toEqual(["s1"]);
});

it("wished offline holds when nobody touched that session meanwhile", async () => {
  const [ann, bob] = await open();
  await sleep(ann);
  const wish = ann.focus.set("s2", true);
  expect(focused(ann)).toEqual(["s2"]);
  void bob.reconnect();
  await world.settle();
  await bob.focus.set("s3", true);
  await world.settle(3_000);
  await expect(wish).resolves.toMatchObject({ maxFocused: 4 });
  expect([...focused(ann)].sort()).toEqual(["s2", "s3"]);
  expect(focused(bob)).toEqual(focused(ann));
});

it("is lost by a session that is removed", async () => {
  const [ann, bob] = await open();
  await Promise.all([ann.focus.set("s1", true), ann.focus.set("s2", true), world.settle(500)]);
  bob.sessions.remove("s1");
  await world.settle(1_000);
  expect(focused(ann)).toEqual(["s2"]);
  expect(focused(bob)).toEqual(["s2"]);
});
