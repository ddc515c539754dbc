import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import type { Store } from "../../server/store/store.ts";
import { type Done, mutate, projectOf, taskOf } from "./numbered-work.ts";
import { randomFrom, seedOf } from "./seed.ts";

const ROUNDS = 20;
/** By turns: many share a transaction and most are lost underway; few spend most of their time on the disk. */
const IN_FLIGHT = [1_000, 16];
const CHILD = fileURLToPath(new URL("crash-child.ts", import.meta.url));

let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-crash-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Runs a child until it has acknowledged `acks` mutations and a moment more, kills it, and returns what it said. */
async function killedAfter(owner: string, inFlight: number, acks: number, momentMs: number): Promise<Done[]> {
  const child = spawn(process.execPath, [CHILD, folder, owner, String(inFlight)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const exited = once(child, "exit");
  const said: Done[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(JSON.parse(line) as Done);
    if (said.length === acks) setTimeout(() => child.kill("SIGKILL"), momentMs);
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  children.delete(child);
  expect(said.length).toBeGreaterThanOrEqual(acks);
  return said;
}

/** Before anything is repeated: a task is there exactly if its mutation is answered, and what was said is answered. */
async function checkWhatIsThere(
  store: Store,
  owner: string,
  said: readonly Done[],
  last: number,
): Promise<void> {
  const saidNumbers = new Set(said.map(({ n }) => n));
  const numbers = Array.from({ length: last }, (_, at) => at + 1);
  const look = (n: number) =>
    store.transact(projectOf(n), (view) => ({
      result: { n, task: view.entity("tasks", taskOf(owner, n)), answer: view.answer(owner, String(n)) },
    }));
  for (const { n, ...seen } of await Promise.all(numbers.map(look))) {
    expect(seen.task !== undefined, `task and answer of ${owner} ${n}`).toBe(seen.answer !== undefined);
    if (saidNumbers.has(n))
      expect(seen.task, `acknowledged ${owner} ${n}`).toMatchObject({ owner, n, version: 1 });
    if (seen.task !== undefined) expect(seen.answer?.ack).toEqual({ seq: seen.task.seq + 1 });
  }
}

/** The whole history of a project is numbered without a hole and its counter counted every mutation once. */
async function checkNumbering(store: Store, projectId: string, mutations: number): Promise<void> {
  const { position, entities } = await store.snapshot(projectId);
  const seqs = (entities["tasks"] ?? []).map(({ seq }) => seq).sort((a, b) => a - b);
  expect(seqs).toEqual(Array.from({ length: mutations }, (_, at) => 2 * at + 1));
  expect(position.seq).toBe(2 * mutations);
  expect(entities["counters"]).toMatchObject([
    { id: "all", count: mutations, version: mutations, seq: 2 * mutations },
  ]);
  const delta = await store.delta(projectId, { ...position, seq: 0 });
  expect(delta?.changes["tasks"]?.upserted.map(({ seq }) => seq)).toEqual(seqs);
}

it(`a store killed with kill -9 ${ROUNDS} times loses nothing acknowledged and applies nothing twice`, async () => {
  const random = randomFrom(seedOf("crash"));
  const total: Record<string, number> = { p0: 0, p1: 0 };
  let acknowledged = 0;
  let unsaid = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const owner = `c${round}`;
    const inFlight = IN_FLIGHT[round % IN_FLIGHT.length] ?? 1;
    const said = await killedAfter(owner, inFlight, 1 + Math.floor(random() * 1_500), random() * 8);
    acknowledged += said.length;
    const last = Math.max(...said.map(({ n }) => n)) + inFlight;
    const store = await openLmdbStore(folder);
    try {
      await checkWhatIsThere(store, owner, said, last);
      // What was under way comes again, as a client would send it; the rest is new.
      const saidSeq = new Map(said.map(({ n, seq }) => [n, seq]));
      const repeats = Array.from({ length: last }, (_, at) => mutate(store, owner, at + 1));
      for (const again of await Promise.all(repeats)) {
        const { n } = again;
        total[again.projectId] = (total[again.projectId] ?? 0) + 1;
        if (saidSeq.has(n)) expect(again).toMatchObject({ replayed: true, seq: saidSeq.get(n) });
        else if (again.replayed) unsaid += 1;
      }
      for (const [projectId, mutations] of Object.entries(total))
        await checkNumbering(store, projectId, mutations);
    } finally {
      await store.close();
    }
  }
  console.info(`crash: ${acknowledged} acknowledged, ${unsaid} written and not yet acknowledged`);
});
