import { setTimeout } from "node:timers/promises";
import { createClient } from "../../sdk/client.ts";
import { startRedisProcess } from "../../test/redis/redis-process.ts";
import { report } from "../report.ts";
import { paced } from "../server/child.ts";
import { connectRaw } from "../server/raw-client.ts";
import { type Node, type NodeKind, startNode } from "./nodes.ts";

/*
 * What a client of server B misses of what is done on server A when Redis is gone for 6 s, against socket.io's sharded
 * Redis adapter: `node bench/cluster/outage.ts`. Holdfast's changes come from a client of the SDK on A.
 */
const PER_SECOND = 50;
const BEFORE_MS = 2_000;
const OUTAGE_MS = 6_000;
const AFTER_MS = 8_000;
/** For what is still under way. */
const SETTLE_MS = 3_000;

interface Outcome {
  readonly made: number;
  readonly heard: number;
}

/** Counts the updates that a client of a server hears. */
async function listenTo({ port }: Node, kind: NodeKind): Promise<() => number> {
  const auth = { projectId: "p1", protocol: 1, clientId: `c${port}` };
  const client = await connectRaw(port, auth, kind === "holdfast" ? "connection_status" : "connect");
  let heard = 0;
  client.onEvent = (text) => {
    if (text.startsWith('42/ui,["task:updated"')) heard += 1;
  };
  return () => heard;
}

async function write({ port }: Node): Promise<{ stop(): Promise<number> }> {
  const client = createClient({ url: `http://127.0.0.1:${port}`, projectId: "p1" });
  await client.connect();
  let asked = 0;
  let acknowledged = 0;
  const answers: Promise<unknown>[] = [];
  const stop = paced(PER_SECOND, () => {
    asked += 1;
    const title = `update ${asked}`;
    const editing = client.tasks.update("t1", (draft) => {
      draft.title = title;
    });
    answers.push(
      editing.acknowledged.then(() => {
        acknowledged += 1;
      }),
    );
  });
  return {
    async stop() {
      stop();
      await Promise.all(answers);
      await client.close();
      return acknowledged;
    },
  };
}

async function measure(kind: NodeKind): Promise<Outcome> {
  const redis = await startRedisProcess("aof");
  const nodes: Node[] = [];
  try {
    for (let made = 0; made < 2; made += 1) nodes.push(await startNode(kind, redis.url));
    const [a, b] = nodes;
    if (a === undefined || b === undefined) throw new Error("no servers");
    const heardOnA = await listenTo(a, kind);
    const heardOnB = await listenTo(b, kind);
    const writer = kind === "holdfast" ? await write(a) : undefined;
    if (writer === undefined) a.pace(PER_SECOND);
    await setTimeout(BEFORE_MS);
    await redis.kill();
    await setTimeout(OUTAGE_MS);
    await redis.start();
    await setTimeout(AFTER_MS);
    a.pace(0);
    const acknowledged = await writer?.stop();
    await setTimeout(SETTLE_MS);
    // The adapter's own sockets hear all that is made, at once.
    return { made: acknowledged ?? heardOnA(), heard: heardOnB() };
  } finally {
    // Their clients go with them.
    for (const node of nodes) node.stop();
    await redis.stop();
  }
}

const rows: (readonly string[])[] = [];
for (const kind of ["holdfast", "sharded-socketio"] as const) {
  const { made, heard } = await measure(kind);
  rows.push([kind, String(made), String(heard), String(made - heard)]);
}
report("cluster-outage", [
  {
    title: `${PER_SECOND} updates/s on A while Redis is gone for ${OUTAGE_MS / 1_000} s`,
    columns: ["", "made", "heard on B", "lost"],
    rows,
  },
]);
