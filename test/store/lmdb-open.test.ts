import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { open } from "lmdb";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FORMAT } from "../../server/store/lmdb/environment.ts";
import { keys } from "../../server/store/lmdb/keys.ts";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { StoreOpenError } from "../../server/store/store-open-error.ts";
import { edits, put } from "./edits.ts";

type Child = ChildProcessByStdio<Writable, Readable, null>;
const CHILD = fileURLToPath(new URL("store-child.ts", import.meta.url));

let folder: string;
const children = new Set<Child>();

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "holdfast-open-")), "data", "store.v1");
});
afterEach(async () => {
  for (const child of children) await kill(child);
  await rm(join(folder, "..", ".."), { recursive: true, force: true });
});

async function startHolder(): Promise<{ readonly child: Child; readonly said: string }> {
  const child = spawn(process.execPath, [CHILD, folder, "hold"], { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  const said = await once(createInterface({ input: child.stdout }), "line");
  return { child, said: said.join() };
}

async function kill(child: Child): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function refusal(opening: Promise<unknown>): Promise<StoreOpenError> {
  const error = await opening.then(() => "opened").catch((reason: unknown) => reason);
  if (!(error instanceof StoreOpenError)) throw new Error(`no refusal: ${String(error)}`);
  // One sentence, for a command line.
  expect(error.remedy).toMatch(/^[A-Z][^\n]*[^.]\.$/);
  expect(error.message).not.toContain("\n");
  return error;
}

it("makes its folder, for its own user alone", async () => {
  const store = await openLmdbStore(folder);
  await store.close();
  const { mode } = await stat(folder);
  expect(mode & 0o077).toBe(0);
});

it("is refused while another process has it, and free once that closes", async () => {
  const { child, said } = await startHolder();
  expect(said).toBe("open");
  const error = await refusal(openLmdbStore(folder));
  expect(error.code).toBe("locked");
  expect(error.message).toContain(String(child.pid));
  const exited = once(child, "exit");
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  const store = await openLmdbStore(folder);
  await store.close();
});

it("stays refused while the other one is only reading and waiting", async () => {
  const store = await openLmdbStore(folder);
  await store.transact("p1", edits(Array.from({ length: 500 }, (_, at) => put("tasks", `t${at}`))));
  for (let at = 0; at < 5; at += 1) {
    await Promise.all([store.snapshot("p1"), store.list("p1", "tasks"), store.page("p1", undefined, 10)]);
    const { said } = await startHolder();
    expect(said).toBe("locked");
  }
  await store.close();
});

it("is free at once after kill -9", async () => {
  for (let round = 0; round < 3; round += 1) {
    const { child, said } = await startHolder();
    expect(said).toBe("open");
    await kill(child);
    const store = await openLmdbStore(folder);
    await store.transact("p1", edits([put("tasks", `t${round}`)]));
    await store.close();
  }
});

it("is free when the owner was a process before with the same id", async () => {
  const store = await openLmdbStore(folder);
  await store.close();
  const raw = open<string>({ path: folder, noSubdir: false, encoding: "string", overlappingSync: false });
  await raw.put(keys.owner(), JSON.stringify({ pid: process.pid, token: "from a life before" }));
  await raw.close();
  const again = await openLmdbStore(folder);
  await again.close();
});

it("is refused while this process has it open already", async () => {
  const store = await openLmdbStore(folder);
  const error = await refusal(openLmdbStore(folder));
  expect(error.code).toBe("locked");
  await store.transact("p1", edits([put("tasks", "t1")]));
  await store.close();
  const again = await openLmdbStore(folder);
  expect(await again.entity("p1", "tasks", "t1")).toBeDefined();
  await again.close();
});

it("opens for exactly one of several processes that start at once", async () => {
  const holders = await Promise.all(Array.from({ length: 4 }, startHolder));
  expect(holders.map(({ said }) => said).sort()).toEqual(["locked", "locked", "locked", "open"]);
});

it("of a newer format is refused and left as it is", async () => {
  const store = await openLmdbStore(folder);
  await store.transact("p1", edits([put("tasks", "t1")]));
  await store.close();
  const setFormat = async (format: number): Promise<void> => {
    const raw = open<string>({ path: folder, noSubdir: false, encoding: "string", overlappingSync: false });
    await raw.put(keys.format(), String(format));
    await raw.close();
  };
  await setFormat(FORMAT + 1);
  const error = await refusal(openLmdbStore(folder));
  expect(error.code).toBe("newer-format");
  expect(error.message).toContain(String(FORMAT + 1));
  await setFormat(FORMAT);
  const again = await openLmdbStore(folder);
  expect((await again.head("p1")).seq).toBe(1);
  await again.close();
});

it("is refused where a file stands in the way", async () => {
  const file = join(folder, "..", "..", "file");
  await writeFile(file, "");
  expect((await refusal(openLmdbStore(file))).code).toBe("unreadable");
  expect((await refusal(openLmdbStore(join(file, "below")))).code).toBe("unreadable");
});

it("is refused where nobody may write", async () => {
  expect((await refusal(openLmdbStore("/proc/holdfast"))).code).toBe("unreadable");
});

it("is refused when its file is something else", async () => {
  const store = await openLmdbStore(folder);
  await store.close();
  for (const content of ["not a store at all".repeat(1_000), "short", Buffer.alloc(20_000)]) {
    await writeFile(join(folder, "data.mdb"), content);
    expect((await refusal(openLmdbStore(folder))).code).toBe("damaged");
  }
  await writeFile(join(folder, "data.mdb"), "");
  const anew = await openLmdbStore(folder);
  await anew.close();
});

it("is refused when its database is another program's, and left as it is", async () => {
  const raw = open<string>({ path: folder, noSubdir: false, encoding: "string" });
  await raw.put("theirs", "kept");
  await raw.close();
  expect((await refusal(openLmdbStore(folder))).code).toBe("damaged");
  const again = open<string>({ path: folder, noSubdir: false, encoding: "string" });
  expect([...again.getKeys()]).toEqual(["theirs"]);
  await again.close();
});

it("is opened by the name of its kind", async () => {
  const memory = await openStore("memory");
  expect(await memory.head("p1")).toMatchObject({ seq: 0 });
  await memory.close();
  const own = createMemoryStore();
  expect(await openStore(own)).toBe(own);
  // Nobody listens on port 1: Redis is asked, and said to be out of reach.
  expect((await refusal(openStore("redis://127.0.0.1:1"))).code).toBe("unreadable");
  const disk = await openStore(folder);
  await disk.transact("p1", edits([put("tasks", "t1")]));
  await disk.close();
  expect((await stat(join(folder, "data.mdb"))).isFile()).toBe(true);
});
