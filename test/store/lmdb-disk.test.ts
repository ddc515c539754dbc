import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { open } from "lmdb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Key } from "../../server/store/lmdb/keys.ts";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { edits, emit, put } from "./edits.ts";

const CHILD = fileURLToPath(new URL("store-child.ts", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-disk-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** How many records there are by what they are, read past the store; a life's records count as `life`. */
async function recordsOnDisk(): Promise<Record<string, number>> {
  const raw = open<string, Key>({
    path: folder,
    noSubdir: false,
    encoding: "string",
    overlappingSync: false,
  });
  const counts: Record<string, number> = {};
  for (const key of raw.getKeys()) {
    const name = key[0] === 0 ? String(key[1]) : "life";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  await raw.close();
  return counts;
}

describe("what a cleared project held", () => {
  const fill = Array.from({ length: 1_000 }, (_, at) => put("tasks", `t${at}`));
  const clear = edits([emit("project:deleted")], { clear: { epoch: "e2" } });

  it("is removed from the disk bit by bit, other transactions in between", async () => {
    const store = await openLmdbStore(folder);
    await store.transact("p1", edits(fill));
    await store.transact("p1", clear);
    // Each of these lets a step of the removal go before it: three records an entity, five hundred a step.
    for (let at = 0; at < 12; at += 1) await store.transact("p2", () => ({ result: undefined }));
    await store.close();
    const records = await recordsOnDisk();
    expect(records["life"] ?? 0).toBe(0);
    expect(records["trash"]).toBeUndefined();
  });

  it("is removed after a restart, if the store closed before", async () => {
    const store = await openLmdbStore(folder);
    await store.transact("p1", edits(fill));
    await store.transact("p1", clear);
    await store.close();
    expect((await recordsOnDisk())["life"]).toBeGreaterThan(1_000);
    const again = await openLmdbStore(folder);
    for (let at = 0; at < 12; at += 1) await again.transact("p2", () => ({ result: undefined }));
    await again.close();
    expect((await recordsOnDisk())["life"] ?? 0).toBe(0);
  });
});

it("removes from the disk what was answered to owners long gone", async () => {
  let now = 0;
  const retention = { mutationsKeptMs: 100, highestKeptMs: 1_000 };
  const store = await openLmdbStore(folder, { now: () => now, retention });
  const answerTo = (owner: string) =>
    store.transact("p1", edits([], { answer: { owner, key: "1", n: 1, fingerprint: "f", ack: 1, at: now } }));
  for (let at = 0; at < 40; at += 1) await answerTo(`gone ${at}`);
  now = 500;
  // Every transaction that writes looks after a few.
  for (let at = 0; at < 20; at += 1) await answerTo("here");
  now = 2_000;
  for (let at = 0; at < 20; at += 1) await answerTo("here");
  await store.close();
  expect(await recordsOnDisk()).toMatchObject({ talker: 1, answer: 1, given: 1, due: 1 });
});

it("lets others have their turn while it reads much", async () => {
  const store = await openLmdbStore(folder);
  const body = "x".repeat(500);
  for (let from = 0; from < 30_000; from += 5_000) {
    await store.transact(
      "p1",
      edits(Array.from({ length: 5_000 }, (_, at) => put("tasks", `t${from + at}`, { body }))),
    );
  }
  let turns = 0;
  let isReading = true;
  const count = (): void => {
    if (!isReading) return;
    turns += 1;
    setImmediate(count);
  };
  const reading = store.list("p1", "tasks");
  setImmediate(count);
  expect((await reading).items).toHaveLength(30_000);
  isReading = false;
  await store.close();
  expect(turns).toBeGreaterThan(1);
});

describe("snapshots asked for at once", () => {
  const tasks = Array.from({ length: 20_000 }, (_, at) => put("tasks", `t${at}`));

  it("are read once", async () => {
    const store = await openLmdbStore(folder);
    await store.transact("p1", edits(tasks));
    const [first, second] = await Promise.all([store.snapshot("p1"), store.snapshot("p1")]);
    expect(second).toBe(first);
    expect(await store.snapshot("p1")).not.toBe(first);
    await store.close();
  });

  it("are others for those who ask after a change, of a register too", async () => {
    const store = await openLmdbStore(folder);
    await store.transact("p1", edits(tasks));
    const before = store.snapshot("p1");
    await store.transact("p1", edits([], { registers: { focus: 1 } }));
    const afterRegister = store.snapshot("p1");
    const at = await store.transact("p1", edits([put("tasks", "t1", { title: "later" })]));
    const afterEdit = store.snapshot("p1");
    expect((await before).registers).toEqual({});
    expect((await afterRegister).registers).toEqual({ focus: 1 });
    expect((await afterEdit).position).toEqual(at);
    await store.close();
  });
});

it("refuses what the disk does not take, loses nothing else, and goes on when there is room", async () => {
  // A file may grow to 2 MiB (4,096 blocks of 512 bytes); beyond that a write fails, as on a full disk.
  const script = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`;
  const child = spawn("sh", ["-c", script, process.execPath, CHILD, folder, "fill"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const [said, faults] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await exited, faults).toEqual([0, null]);
  const { kept, refused, seq } = JSON.parse(said) as { kept: string[]; refused: string[]; seq: number };
  expect(refused).toEqual(["StoreUnavailable"]);
  expect(kept.length).toBeGreaterThan(10);
  const store = await openLmdbStore(folder);
  const { items, position } = await store.list("p1", "tasks");
  await store.close();
  expect(items.map(({ id }) => id).sort()).toEqual([...kept].sort());
  expect(position.seq).toBe(seq);
  expect(seq).toBe(kept.length + 1);
});
