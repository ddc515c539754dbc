import { randomBytes } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { signToken } from "../../server/auth/sign-token.ts";
import { ask, connected, openClient, refusal } from "../gateway/running-server.ts";
import { startRedisProcess } from "../redis/redis-process.ts";
import { type FrontName, isInstalled, startFront } from "./support/front.ts";
import { startNode } from "./support/node-process.ts";
import { TIMINGS } from "./support/writer.ts";

const FRONTS: readonly FrontName[] = ["nginx", "caddy"];
const WAIT = { timeout: 20_000, interval: 50 };
const projectId = "p1";

async function stage(name: FrontName) {
  const secret = randomBytes(32).toString("hex");
  const redis = await startRedisProcess("none");
  onTestFinished(redis.stop);
  const port = Number(new URL(redis.url).port);
  const start = () => startNode(port, ["--jwt-secret", secret]);
  const nodes = [await start(), await start()] as const;
  for (const node of nodes) onTestFinished(node.close);
  const front = await startFront(name, [nodes[0].port, nodes[1].port]);
  onTestFinished(front.stop);
  const token = await signToken({
    ...{ secret, userId: "ada", projects: "*" },
    ...{ lifetimeMs: 600_000, now: Date.now() },
  });
  const open = (url: string) => {
    const client = createClient({
      ...{ url, projectId, timings: TIMINGS, onError: () => undefined },
      auth: { getToken: async () => token },
    });
    onTestFinished(() => client.close());
    client.connect().catch(() => undefined);
    return client;
  };
  return { nodes, front, token, open };
}

async function clientsOf(url: string): Promise<number> {
  const status = await ask(`${url}/ws-status`);
  return status.json<{ engine: { totalClients: number } }>().engine.totalClients;
}

// Skipped by name where the program is not installed: nothing here installs it.
describe.each(FRONTS)("the file of the example for %s", (name) => {
  it.skipIf(!isInstalled(name))(
    "brings clients to a server, also by long polling, trusts nobody for being near, and outlives a kill",
    async () => {
      const { nodes, front, token, open } = await stage(name);
      const options = { transports: ["polling"], auth: { token, projectId, protocol: 1 } };
      const { socket } = await connected(front.url, "/ui", options);
      expect(socket.io.engine.transport.name).toBe("polling");
      const answer = await socket.timeout(15_000).emitWithAck("mutate", {
        ...{ mutationId: "m:1", op: "create", collection: "tasks", id: "polled", value: { title: "one" } },
      });
      expect(answer).toMatchObject({ success: true });
      socket.disconnect();
      const stranger = openClient(front.url, "/ui", { auth: { projectId, protocol: 1 } });
      expect(await refusal(stranger)).toMatchObject({ data: { code: "UNAUTHENTICATED" } });

      const client = open(front.url);
      const seen: string[] = [];
      client.status.subscribe(() => seen.push(client.status.getSnapshot().name));
      await client.tasks.create({ id: "before", title: "before" }).acknowledged;
      const totals = await Promise.all(nodes.map(({ url }) => clientsOf(url)));
      const [home, other] = totals[0] === 0 ? [nodes[1], nodes[0]] : nodes;
      await home.kill9();
      await client.tasks.create({ id: "after", title: "after" }).acknowledged;
      const near = open(other.url);
      await expect.poll(() => near.tasks.list().length, WAIT).toBe(3);
      expect(seen).toContain("waiting");
      const ids = client.tasks.list().map(({ id }) => id);
      expect(ids.sort()).toEqual(["after", "before", "polled"]);
    },
  );
});
