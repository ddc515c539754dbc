import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { openLmdbStore } from "../server/store/lmdb-store.ts";
import { createMemoryStore } from "../server/store/memory-store.ts";
import type { Store } from "../server/store/store.ts";
import { edits, put } from "../test/store/edits.ts";

const SIZES = [1_000, 10_000, 50_000];
const IN_FLIGHT = 64;

async function filled(store: Store, size: number): Promise<Store> {
  for (let from = 0; from < size; from += 1_000) {
    const tasks = Array.from({ length: 1_000 }, (_, at) =>
      put("tasks", `t${from + at}`, { title: `task ${from + at}`, status: "todo", sessionIds: [], count: 0 }),
    );
    await store.transact("p1", edits(tasks));
  }
  return store;
}

/** One edit of one task with its answer, as a numbered mutation makes it. */
function editor(store: Store, size: number): () => Promise<unknown> {
  let n = 0;
  return () => {
    n += 1;
    const answer = {
      owner: "o",
      key: String(n),
      n,
      fingerprint: "f",
      ack: { n },
      at: Date.now(),
      ackedThrough: n - 99,
    };
    return store.transact("p1", edits([put("tasks", `t${(n * 7_919) % size}`, { count: n })], { answer }));
  };
}

test("one edit, by the size of its project, memory", async ({ bench }) => {
  const runs = [];
  for (const size of SIZES) {
    const edit = editor(await filled(createMemoryStore(), size), size);
    runs.push(bench(`${size} tasks`, async () => void (await edit())));
  }
  const [first, second, ...rest] = runs;
  if (first !== undefined && second !== undefined) await bench.compare(first, second, ...rest);
});

test.for([1, IN_FLIGHT])(
  "%i edits at once, by the size of their project, LMDB",
  async (inFlight, { bench }) => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
    const stores: Store[] = [];
    const runs = [];
    for (const size of SIZES) {
      const store = await filled(await openLmdbStore(join(folder, String(size))), size);
      stores.push(store);
      const edit = editor(store, size);
      runs.push(
        bench(`${size} tasks`, async () => void (await Promise.all(Array.from({ length: inFlight }, edit)))),
      );
    }
    const [first, second, ...rest] = runs;
    if (first !== undefined && second !== undefined) await bench.compare(first, second, ...rest);
    for (const store of stores) await store.close();
    await rm(folder, { recursive: true, force: true });
  },
);
