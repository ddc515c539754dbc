import { describe, expect, test } from "vitest";
import { indexedDb } from "../../sdk/store/persistence/index.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Vault, VaultWrite } from "../../sdk/store/persistence/vault.ts";
import { anEntity } from "./entities.ts";
import { connect, overVault, page, quiet, rename, useDevice } from "./pages.ts";
import type { PartWorld } from "./part-world.ts";

useDevice();

/** The end of the task at hand. */
const endOfTask = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => resolve()));
const SCOPE = JSON.stringify(["http://server", "p1", "ada"]);

/** A vault that holds writes up, or fails them, as the test says; `asked` is what it was given, in order. */
function slowVault() {
  const vault = createMemoryVault();
  const asked: (VaultWrite & { readonly scope: string })[] = [];
  const waiting: ((outcome: "go" | Error) => void)[] = [];
  let isSlow = false;
  const write: Vault["write"] = async (scope, change) => {
    asked.push({ scope, ...change });
    const outcome = isSlow ? await new Promise<"go" | Error>((resolve) => waiting.push(resolve)) : "go";
    if (outcome !== "go") throw outcome;
    return vault.write(scope, change);
  };
  return {
    vault,
    asked,
    persistence: overVault({ write }, vault),
    holdUp() {
      isSlow = true;
      asked.length = 0;
    },
    /** Ends those held up so far, the first of them as said, and holds up no more. */
    async end(first: "go" | Error = "go"): Promise<void> {
      isSlow = false;
      for (const [index, settle] of waiting.splice(0).entries()) settle(index === 0 ? first : "go");
      await quiet();
    },
  };
}

async function open(device: ReturnType<typeof slowVault>): Promise<PartWorld> {
  const world = page(device.persistence);
  await world.keeper?.restore();
  await connect(world, [anEntity("t", { title: "A" }), anEntity("u")]);
  world.clock.advance(500);
  await quiet();
  device.holdUp();
  return world;
}

const titlesOf = (writes: readonly unknown[]): unknown[] =>
  // What the queue keeps: an edit as patches.
  (
    writes as readonly { readonly intent: { readonly patches: readonly { readonly value: unknown }[] } }[]
  ).map(({ intent }) => intent.patches[0]?.value);

describe("a pending write", () => {
  test("reaches the vault in the task in which it is made, even while the base is being written", async () => {
    const device = slowVault();
    const world = await open(device);
    world.store.commit({
      base: new Map([["tasks", new Map([["u", anEntity("u", { version: 2 })]])]]),
      position: { epoch: "e1", seq: 6 },
    });
    world.clock.advance(500);
    expect(device.asked.map(({ base, put }) => [base?.position.seq, put.length])).toEqual([[6, 0]]);
    world.link.goDown();
    rename(world, "B");
    rename(world, "C");
    await endOfTask();
    expect(device.asked.map(({ put }) => titlesOf(put))).toEqual([[], ["B", "C"]]);
    rename(world, "D");
    await endOfTask();
    expect(device.asked.map(({ put }) => titlesOf(put))).toEqual([[], ["B", "C"], ["D"]]);
    await device.end();
    expect(titlesOf(await device.vault.writes(SCOPE))).toEqual(["B", "C", "D"]);
    expect(await device.vault.base(SCOPE)).toMatchObject({ position: { seq: 6 } });
  });

  const full = (): Error => new DOMException("full", "QuotaExceededError");

  test("that failed goes again without the base, as long as it is what it was", async () => {
    const device = slowVault();
    const world = await open(device);
    world.link.goDown();
    rename(world, "B");
    await endOfTask();
    await device.end(full());
    expect(titlesOf(await device.vault.writes(SCOPE))).toEqual(["B"]);
    expect(await device.vault.base(SCOPE)).toBeUndefined();
    expect(world.errors).toMatchObject([{ message: "A pending write does not fit on this device." }]);
  });

  test("that failed and was changed meanwhile is not written again in its old shape", async () => {
    const device = slowVault();
    const world = await open(device);
    rename(world, "B");
    await endOfTask();
    // Sent at the end of the task, and kept once more as sent.
    await endOfTask();
    expect(device.asked.map(({ put }) => put)).toMatchObject([[{ wasSent: false }], [{ wasSent: true }]]);
    await device.end(full());
    expect(device.asked.slice(2)).toMatchObject([{ put: [], remove: [] }]);
    expect(await device.vault.writes(SCOPE)).toMatchObject([{ wasSent: true }]);
  });

  test("that failed and was discarded meanwhile is not written again", async () => {
    const device = slowVault();
    const world = await open(device);
    world.link.goDown();
    const renamed = rename(world, "B");
    await endOfTask();
    renamed.discard();
    await endOfTask();
    await device.end(full());
    expect(device.asked.slice(2)).toMatchObject([{ put: [], remove: [] }]);
    expect(await device.vault.writes(SCOPE)).toEqual([]);
  });

  test.each([
    ["in memory", () => slowVault().persistence],
    ["in IndexedDB", () => indexedDb("app")],
  ])("of one project stays out of the next one's when both are made in one task, %s", async (_, make) => {
    const persistence = make();
    const world = page(persistence);
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.link.goDown();
    rename(world, "B");
    world.keeper?.reset?.("p2");
    world.sync.reset?.("p2");
    world.mutations.reset?.("p2");
    world.tasks.create({ id: "n", title: "N" });
    await quiet();
    await world.keeper?.dispose();

    const pendingIn = async (projectId: string): Promise<unknown[]> => {
      const next = page(persistence, { projectId });
      await next.keeper?.restore();
      return next.mutations.stored().map((one) => [one.projectId, one.entityId]);
    };
    expect(await pendingIn("p1")).toEqual([["p1", "t"]]);
    expect(await pendingIn("p2")).toEqual([["p2", "n"]]);
  });
});
