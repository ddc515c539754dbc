import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { openRedisStore } from "../../server/store/redis-store.ts";
import type { Store } from "../../server/store/store.ts";
import { startRedis } from "../../test/setup/redis-server.ts";
import { edits, put } from "../../test/store/edits.ts";
import { figure, report } from "../report.ts";
import { median, percentile } from "../server/numbers.ts";

/*
 * Commits a second and how long each takes, by store: one edit of one task with its answer, one after the other and 64 at
 * once, in turns within one run: `node bench/cluster/stores.ts [rounds] [seconds]`.
 */
const [rounds = 3, seconds = 2] = process.argv.slice(2).map(Number);
const TASKS = 1_000;
const AT_ONCE = [1, 64] as const;

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

let n = 0;

function edit(store: Store): Promise<unknown> {
  n += 1;
  const answer = {
    ...{ owner: "o", key: String(n), n, fingerprint: "f", ack: { n } },
    ...{ at: Date.now(), ackedThrough: n - 99 },
  };
  return store.transact("p1", edits([put("tasks", `t${(n * 7_919) % TASKS}`, { count: n })], { answer }));
}

async function measure(store: Store, atOnce: number): Promise<Measured> {
  const took: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        const before = performance.now();
        await edit(store);
        took.push(performance.now() - before);
      }
    }),
  );
  const lastedS = (performance.now() - startedAt) / 1_000;
  return { perSecond: took.length / lastedS, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
const redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "everysec"] });
const stores: readonly (readonly [string, Store])[] = [
  ["memory", createMemoryStore()],
  ["LMDB", await openLmdbStore(join(folder, "lmdb"))],
  ["Redis, AOF every second", await openRedisStore(redis.url)],
];
try {
  const found = new Map<string, Measured[]>();
  for (const [, store] of stores)
    await store.transact(
      "p1",
      edits(Array.from({ length: TASKS }, (_, at) => put("tasks", `t${at}`, { count: 0 }))),
    );
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, store] of stores) {
      for (const atOnce of AT_ONCE) {
        const key = `${name} ${atOnce}`;
        const measured = await measure(store, atOnce);
        // The first round warms up.
        if (round > 0) found.set(key, [...(found.get(key) ?? []), measured]);
      }
    }
  }
  const of = (key: string, what: keyof Measured): string =>
    figure(median((found.get(key) ?? []).map((one) => one[what])));
  report("cluster-stores", [
    {
      title: `Commits by store, ${TASKS} tasks, median of ${rounds} rounds of ${seconds} s`,
      columns: ["store", "at once", "commits/s", "p50 (ms)", "p99 (ms)"],
      rows: stores.flatMap(([name]) =>
        AT_ONCE.map((atOnce) => {
          const key = `${name} ${atOnce}`;
          return [name, String(atOnce), of(key, "perSecond"), of(key, "p50"), of(key, "p99")];
        }),
      ),
    },
  ]);
} finally {
  for (const [, store] of stores) await store.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
