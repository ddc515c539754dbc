import { describe, expect, test } from "vitest";
import { createHub } from "../../server/core/hub.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import type { Store } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer, EDITOR } from "./a-caller.ts";

const ignore = (): void => undefined;

/** Servers that follow one another, or stand beside one another, on one store. */
function start() {
  const clock = createManualClock();
  const store: Store = createMemoryStore({ now: clock.now });
  const failures: unknown[] = [];
  let ids = 0;

  const server = (isServerAlive?: (serverId: string) => boolean) => {
    const hub = createHub({
      store,
      clock,
      log: { debug: ignore, info: ignore, warn: ignore, error: (fields) => void failures.push(fields) },
      createId: () => `id-${++ids}`,
      random: () => 0,
      ...(isServerAlive === undefined
        ? {}
        : { cluster: { members: { isAlive: isServerAlive, onGone: () => ignore } } }),
      authenticator: { hasVerifier: false, local: EDITOR, verify: async () => "UNAUTHENTICATED" },
    });
    const agent = async (auth: object) => {
      const peer = aPeer(`peer-${++ids}`, "/cli");
      const verdict = await hub.admit({
        namespace: "/cli",
        auth: { projectId: "p1", ...auth },
        local: true,
        connection: peer.id,
      });
      if (!verdict.ok) throw new Error(verdict.message);
      hub.attach(peer, verdict.admission);
      const request = (event: string, payload: object) =>
        new Promise((resolve) => hub.receive(peer, event, payload, resolve));
      return { peer, request };
    };
    return { hub, agent };
  };

  const session = (id: string, status: string) => async (hub: ReturnType<typeof server>["hub"]) => {
    await hub.mutations.execute("p1", undefined, {
      op: "create",
      collection: "sessions",
      id,
      value: { name: id, status },
    });
  };
  const statusOf = async (id: string) => (await store.entity("p1", "sessions", id))?.["status"];
  /** Lets what was begun by a timer come to its end. */
  const settle = async (): Promise<void> => {
    for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
  };
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { server, session, statusOf, settle, advance, failures };
}

describe("agents of a server that was killed", () => {
  test("that do not come back to the next one have failed after their grace; the others live", async () => {
    const { server, session, statusOf, settle, advance, failures } = start();
    const first = server();
    for (const id of ["s1", "s2"]) {
      await session(id, "working")(first.hub);
      await first.agent({ sessionId: id });
    }
    await settle();
    const second = server();
    await second.hub.adoptOrphans();
    await second.agent({ sessionId: "s1" });
    await advance(29_999);
    expect(await statusOf("s2")).toBe("working");
    await advance(1);
    expect([await statusOf("s1"), await statusOf("s2")]).toEqual(["working", "failed"]);
    expect(failures).toEqual([]);
  });

  test("are left to the servers that live", async () => {
    const { server, session, statusOf, settle, advance } = start();
    const first = server();
    await session("s1", "working")(first.hub);
    await first.agent({ sessionId: "s1" });
    await settle();
    const second = server((serverId) => serverId === first.hub.serverId);
    await second.hub.adoptOrphans();
    await advance(60_000);
    expect(await statusOf("s1")).toBe("working");
  });

  test("an agent that moved to another server in its grace is not lost", async () => {
    const { server, session, statusOf, settle, advance } = start();
    const [first, second] = [server(), server()];
    await session("s1", "working")(first.hub);
    const { peer } = await first.agent({ sessionId: "s1" });
    await settle();
    first.hub.detach(peer, "ping timeout");
    await advance(10_000);
    await second.agent({ sessionId: "s1" });
    await advance(60_000);
    expect(await statusOf("s1")).toBe("working");
  });

  test("a shutdown marks nothing, also not after the next start", async () => {
    const { server, session, statusOf, settle, advance, failures } = start();
    const first = server();
    await session("s1", "working")(first.hub);
    const { peer } = await first.agent({ sessionId: "s1" });
    await settle();
    await first.hub.close();
    first.hub.detach(peer, "transport close");
    const second = server();
    await second.hub.adoptOrphans();
    await advance(60_000);
    expect(await statusOf("s1")).toBe("working");
    expect(failures).toEqual([]);
  });

  test("a spawn that was taken has what is left of its minute", async () => {
    const { server, session, statusOf, settle, advance } = start();
    const first = server();
    await session("s1", "spawning")(first.hub);
    await session("s2", "spawning")(first.hub);
    const spawner = await first.agent({ agentId: "a1" });
    expect(await spawner.request("session:take", { sessionId: "s1" })).toMatchObject({ success: true });
    await settle();
    await advance(20_000);
    const second = server();
    await second.hub.adoptOrphans();
    await advance(39_999);
    expect(await statusOf("s1")).toBe("spawning");
    await advance(1);
    // One that nobody took waits.
    expect([await statusOf("s1"), await statusOf("s2")]).toEqual(["failed", "spawning"]);
  });
});
