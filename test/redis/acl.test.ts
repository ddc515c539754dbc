import { globSync, readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { expectAlike, lines, until } from "../cluster/support/terminal-play.ts";
import { reachServer } from "../cluster/support/terminal-process.ts";
import { connected, event, requested, startServer } from "../gateway/running-server.ts";
import { createModelOwner } from "../terminals/model/model-owner.ts";
import { createModelViewer } from "../terminals/model/model-viewer.ts";
import { startRedisProcess } from "./redis-process.ts";

const PAGE = new URL("../../docs/redis.md", import.meta.url);
const rights = /^ACL SETUSER holdfast .+$/m.exec(readFileSync(PAGE, "utf8"))?.[0].split(" ").slice(3) ?? [];

it("the page on Redis names every command that a script uses", () => {
  const used = globSync("server/{store/redis,cluster}/**/*.ts").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/redis\.call\('(\w+)'/g)].map(([, name = ""]) =>
      name.toLowerCase(),
    ),
  );
  expect(used.length).toBeGreaterThan(50);
  expect(used.filter((name) => !rights.includes(`+${name}`))).toEqual([]);
});

it("two servers need no other rights than the page on Redis says", async () => {
  const redis = await startRedisProcess("none");
  onTestFinished(redis.stop);
  await redis.with((client) => client.call("ACL", "SETUSER", "holdfast", ...rights));
  const store = redis.url.replace("://", "://holdfast:password@");
  const servers = [await startServer({ store }), await startServer({ store })] as const;
  const [a, b] = servers;
  const projectId = "p1";
  const auth = { projectId, protocol: 1, sync: {} };
  const { socket: onA } = await connected(a.url, "/ui", { auth });
  const { socket: onB } = await connected(b.url, "/ui", { auth });

  const created = event(onB, "task:created");
  const value = { title: "one" };
  const create = { mutationId: "m:1", op: "create", collection: "tasks", id: "t1", value };
  expect(await requested(onA, "mutate", create)).toMatchObject({ success: true });
  expect(await created).toMatchObject({ projectId });
  expect(await requested(onB, "state:sync", { projectId })).toMatchObject({ success: true });

  const heard = event(onB, "channel:event");
  expect(await requested(onB, "channel:subscribe", { channel: "git" })).toMatchObject({ success: true });
  expect(await requested(onA, "channel:publish", { channel: "git", data: 1 })).toMatchObject({ offset: 1 });
  expect(await heard).toMatchObject({ data: 1 });
  const slot = event(onB, "bootstrap");
  a.server.bootstrap.set(projectId, "welcome", 1);
  expect(await slot).toMatchObject({ payload: 1 });

  const remotes = servers.map(({ url }) => reachServer(url));
  const owner = createModelOwner(60, 15, "bytes");
  owner.connect(remotes[0]!);
  await until(owner, [], () => owner.epoch !== undefined, "the owner is registered");
  const viewer = createModelViewer({ viewerId: "v", watch: { encoding: "binary" } });
  viewer.connect(remotes[1]!);
  owner.print(lines(0, 100));
  await expectAlike(owner, [viewer]);
  viewer.type("x");
  await until(owner, [viewer], () => viewer.pending === 0, "it is typed");
  owner.connect(remotes[1]!);
  owner.print(lines(100, 10));
  await expectAlike(owner, [viewer]);
  owner.exit(0);
  await expectAlike(owner, [viewer]);
  const focus = { projectId, sessionId: "s1", focused: true };
  expect(await requested(onA, "focus:set", focus)).toMatchObject({ success: true });
  const gone = { mutationId: "m:2", op: "remove", collection: "sessions", id: "s1" };
  expect(await requested(onA, "mutate", gone)).toMatchObject({ success: true });
  for (const remote of remotes) remote.close();
  for (const { server } of servers) await server.close();
  // What was asked for and refused.
  expect(await redis.with((client) => client.call("ACL", "LOG"))).toEqual([]);
});
