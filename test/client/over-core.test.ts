import { afterEach, describe, expect, it } from "vitest";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import { type CoreWorld, type CoreWorldOptions, openCoreWorld } from "./core-world.ts";

const worlds: CoreWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function open(options?: CoreWorldOptions): CoreWorld {
  const world = openCoreWorld(options);
  worlds.push(world);
  return world;
}

async function live(
  world: CoreWorld,
  ...options: Parameters<CoreWorld["client"]>
): Promise<ReturnType<CoreWorld["client"]>> {
  const client = world.client(...options);
  const connected = client.connect();
  await world.settle(50);
  await connected;
  return client;
}

describe("clients of one project", () => {
  it("see each other's writes, also those made while one was cut off, and each event once", async () => {
    const world = open();
    const ann = await live(world);
    const bob = await live(world);
    const heard: unknown[] = [];
    bob.on("notify:task_completed", ({ data, replayed }) => heard.push([data.taskId, replayed]));
    const made = ann.tasks.create({ title: "Hold" });
    await world.settle(100);
    const { id } = await made.acknowledged;
    expect(bob.tasks.get(id)).toMatchObject({ title: "Hold", version: 1 });

    world.cut();
    await world.settle();
    expect(bob.status.getSnapshot().name).toBe("waiting");
    const edit = ann.tasks.update(id, (draft) => {
      draft.title = "Hold fast";
      draft.status = "completed";
    });
    expect(ann.tasks.get(id)).toMatchObject({ title: "Hold fast" });
    expect(ann.mutations.getSnapshot().pending).toHaveLength(1);
    await world.settle(2_000);
    await edit.synced;
    expect(bob.tasks.get(id)).toMatchObject({ title: "Hold fast", version: 2 });
    expect(heard).toHaveLength(1);
    expect(world.errors).toEqual([]);
  });

  it("are live again after every cut, with their position in the handshake", async () => {
    const world = open();
    const client = await live(world);
    for (let n = 0; n < 20; n++) {
      client.tasks.create({ id: `t${n}`, title: `Task ${n}` });
      world.cut();
      await world.settle(15_000);
      expect(client.status.getSnapshot().name).toBe("live");
    }
    expect(client.tasks.list().map(({ version }) => version)).toEqual(new Array(20).fill(1));
    const outcomes = client.trace
      .getSnapshot()
      .filter(({ kind, name }) => kind === "sync" && name === "sync")
      .map(({ detail }) => (detail as { outcome: string }).outcome);
    expect(outcomes.slice(1)).not.toContain("snapshot");
  });
});

describe("channels", () => {
  it("recover what was published while the subscriber was away", async () => {
    const world = open();
    const reader = await live(world);
    const writer = await live(world);
    const heard: unknown[] = [];
    reader.channel<number>("news").subscribe((n) => heard.push(n));
    await world.settle(50);
    await Promise.all([writer.channel("news").publish(1), world.settle(50)]);
    void reader.reconnect();
    for (const n of [2, 3]) void writer.channel("news").publish(n);
    await world.settle(2_000);
    await Promise.all([writer.channel("news").publish(4), world.settle(50)]);
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  it("carry an AI stream from its first chunk, also to a reader who comes late", async () => {
    const world = open();
    const reader = await live(world);
    const writer = await live(world);
    const say = (index: number, chunk: string, finished = false): void => {
      void writer.channel("ai-response").publish({ id: "a1", chunk, index, finished });
    };
    say(0, "Hold ");
    say(1, "fast");
    await world.settle(50);
    const chunks: string[] = [];
    const read = (async () => {
      for await (const chunk of reader.aiStream("a1")) chunks.push(chunk);
    })();
    await world.settle(50);
    say(2, "!", true);
    await world.settle(50);
    await read;
    expect(chunks).toEqual(["Hold ", "fast", "!"]);
  });
});

describe("bootstrap", () => {
  it("is there when the client is live", async () => {
    const world = open();
    world.server.hub.bootstrap.set("p1", "init", { port: 1 });
    await world.settle();
    const client = await live(world);
    expect(client.bootstrap.getSnapshot()).toEqual({ init: { port: 1 } });
  });
});

describe("tokens against a verifier", () => {
  const remote = { local: false };

  it("of 60 s keep a page connected for an hour without a second socket", async () => {
    const world = open(remote);
    let count = 0;
    const client = await live(world, {
      auth: {
        getToken: () => {
          count += 1;
          return world.server.token({ lifetimeMs: 60_000 });
        },
      },
    });
    const connections = [...world.network.connections];
    let refreshed = 0;
    client.trace.subscribe(() => {
      if (client.trace.getSnapshot().at(-1)?.name === "refreshed") refreshed += 1;
    });
    for (let second = 0; second < 3_600; second++) {
      world.clock.advance(1_000);
      // Signing and verifying take real time, in which the simulated one must not run on.
      do await world.settle();
      while (refreshed < count - 1);
    }
    expect(client.status.getSnapshot().name).toBe("live");
    expect([...world.network.connections]).toEqual(connections);
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThan(200);
    expect(world.errors).toEqual([]);
  });

  it("that expire because none can be had end the connection, and the next good one brings it back", async () => {
    const world = open(remote);
    let isDown = false;
    const client = await live(world, {
      auth: {
        getToken: () => {
          if (isDown) throw new Error("down");
          return world.server.token({ lifetimeMs: 30_000 });
        },
      },
    });
    isDown = true;
    await world.settle(60_000);
    expect(["waiting", "connecting"]).toContain(client.status.getSnapshot().name);
    isDown = false;
    await world.settle(30_000);
    expect(client.status.getSnapshot().name).toBe("live");
  });

  it("of another user empty the client and connect as that user", async () => {
    const world = open(remote);
    let sub = "ann";
    const client = await live(world, {
      auth: { getToken: () => world.server.token({ sub, lifetimeMs: 600_000 }) },
    });
    client.tasks.create({ id: "t1", title: "Ann's" });
    await world.settle(100);
    sub = "bob";
    await world.settle(600_000);
    expect(client.status.getSnapshot().name).toBe("live");
    expect(client[INTERNALS].link("/ui").up?.userId).toBe("bob");
    expect(client.tasks.get("t1")).toMatchObject({ title: "Ann's" });
  });

  it("that may not read the project are refused with FORBIDDEN until the project changes", async () => {
    const world = open(remote);
    const client = world.client({
      auth: { getToken: () => world.server.token({ projects: { p2: "editor" } }) },
    });
    const connected = client.connect();
    await world.settle(50);
    await expect(connected).rejects.toMatchObject({ code: "FORBIDDEN" });
    const switched = client.switchProject("p2");
    await world.settle(50);
    await switched;
    expect(client.status.getSnapshot().name).toBe("live");
  });

  it("are needed: without one the connection is refused", async () => {
    const world = open(remote);
    const client = world.client();
    const connected = client.connect();
    await world.settle(50);
    await expect(connected).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("the server", () => {
  it("that shuts down tells when to come back, and is believed", async () => {
    const world = open();
    const client = await live(world);
    void world.server.hub.close();
    await world.settle(100);
    const status = client.status.getSnapshot();
    expect(status).toMatchObject({ name: "waiting", attempt: 2 });
  });

  it("replaces a connection of the same client, and the old socket is not heard", async () => {
    const world = open();
    const client = await live(world);
    const seen: string[] = [];
    client.status.subscribe(() => seen.push(client.status.getSnapshot().name));
    const again = client.reconnect();
    await world.settle(100);
    await again;
    expect(seen).toEqual(["connecting", "syncing", "live"]);
    expect(world.network.connections.size).toBe(1);
  });
});
