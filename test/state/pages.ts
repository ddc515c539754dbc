import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, vi } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import type { Persistence } from "../../sdk/store/persistence/index.ts";
import { createKeeper } from "../../sdk/store/persistence/keeper.ts";
import { createMemoryLocks } from "../../sdk/store/persistence/memory-locks.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Vault } from "../../sdk/store/persistence/vault.ts";
import { createPartWorld, type PartWorld } from "./part-world.ts";

const worlds: PartWorld[] = [];
let tabs = 0;

/** A page of the application, or one after a reload. */
export function page(persistence: Persistence, options: { projectId?: string } = {}): PartWorld {
  const world = createPartWorld({ persistence, clientId: `tab${++tabs}`, ...options });
  worlds.push(world);
  return world;
}

/** Keeps over a vault some of whose methods are the test's. */
export function overVault(change: Partial<Vault>, vault: Vault = createMemoryVault()): Persistence {
  const door = {
    open: () => Promise.resolve({ ...vault, ...change }),
    locks: createMemoryLocks(),
    channel: () => ({ tell() {}, close() {} }),
  };
  return { keep: (options) => createKeeper(door, options) };
}

/** Everything under way in the database and between tabs. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function delta(
  world: PartWorld,
  entities: readonly Entity[] = [],
  seq = world.store.position?.seq ?? 0,
): object {
  const { position } = world.store;
  const focus = {
    projectId: "p1",
    focusedSessions: [],
    totalFocused: 0,
    maxFocused: 4,
    version: 0,
    epoch: "e1",
  };
  const common = { success: true, epoch: "e1", seq, focus, serverTime: 0 };
  const changes = { tasks: { upserted: entities, removed: [] } };
  if (position !== undefined) return { ...common, mode: "delta", from: position.seq, changes, events: [] };
  const rest = { project: null, sessions: [], teamMembers: [], mail: [], collections: {} };
  return { ...common, mode: "snapshot", ...rest, tasks: entities };
}

export async function connect(world: PartWorld, entities: readonly Entity[] = [], seq = 5): Promise<void> {
  world.link.goUp();
  await quiet();
  world.link.say("state:synced", delta(world, entities, Math.max(seq, world.store.position?.seq ?? 0)));
  await quiet();
  // A page whose position went meanwhile asks again.
  for (const { event, answer } of world.link.open) {
    if (event === "state:sync") answer(delta(world, entities, seq));
  }
  await quiet();
}

export const rename = (world: PartWorld, title: string) =>
  world.tasks.update("t", (draft) => {
    draft.title = title;
  });

/** Leaves as a closed tab does: what is noted is kept, the locks are free. */
export async function leave(world: PartWorld): Promise<void> {
  world.close();
  await quiet();
}

/** A device of its own for each test; pages that are left over are closed. */
export function useDevice(): void {
  beforeEach(() => {
    vi.stubGlobal("indexedDB", new IDBFactory());
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await leave(world);
    vi.unstubAllGlobals();
  });
}
