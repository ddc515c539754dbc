import { expect, it, onTestFinished } from "vitest";
import { createModelOwner } from "../terminals/model/model-owner.ts";
import { createModelViewer } from "../terminals/model/model-viewer.ts";
import { startCluster } from "./support/cluster.ts";
import { expectAlike, lines, until } from "./support/terminal-play.ts";
import { reachServer } from "./support/terminal-process.ts";

it("with servers as processes an owner and viewers outlive the kill of theirs, and screens stay the owner's", async () => {
  const cluster = await startCluster("none");
  onTestFinished(cluster.close);
  const servers = cluster.nodes.map(({ url }) => reachServer(url));
  onTestFinished(() => {
    for (const server of servers) server.close();
  });
  const [a, b, c] = servers;
  const owner = createModelOwner(60, 15, "bytes");
  owner.connect(a!);
  await until(owner, [], () => owner.epoch !== undefined, "the owner is registered");
  const viewers = ["stays", "moves"].map((viewerId) =>
    createModelViewer({ viewerId, watch: { encoding: "binary" } }),
  );
  const [stays, moves] = viewers;
  stays!.connect(b!);
  moves!.connect(c!);
  owner.print(lines(0, 300));
  await expectAlike(owner, viewers);

  await cluster.nodes[0]!.kill9();
  owner.wire?.cut();
  owner.print(lines(300, 300));
  owner.resize(50, 12);
  owner.connect(c!);
  owner.print(lines(600, 100));
  await expectAlike(owner, viewers);
  expect(stays!.seen).toMatchObject({ snapshots: 1, resets: 0 });

  await cluster.nodes[0]!.start();
  const again = reachServer(cluster.nodes[0]!.url);
  servers.push(again);
  moves!.connect(again);
  await expectAlike(owner, viewers);
  await cluster.nodes[2]!.kill9();
  owner.wire?.cut();
  owner.print(lines(700, 100));
  owner.connect(again);
  await expectAlike(owner, viewers);
  for (const viewer of viewers) viewer.type("x");
  await until(owner, viewers, () => viewers.every(({ pending }) => pending === 0), "all is acked");
  expect(owner.typed).toEqual(["x", "x"]);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0]);
  for (const node of cluster.nodes) expect(node.errors()).not.toMatch(/unhandled/i);
});
