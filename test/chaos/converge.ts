import { isDeepStrictEqual } from "node:util";
import type { Entity } from "../../sdk/protocol/index.ts";
import { createBrowser } from "./browser.ts";
import type { FaultCounts } from "./faults.ts";
import type { Schedule, Step } from "./schedule.ts";
import { createTab, type Tab } from "./tab.ts";
import { type ChaosWorld, createChaosWorld } from "./world.ts";

/** What one run was made of, for whoever wants to see that something happened. */
export interface RunReport {
  readonly faults: FaultCounts;
  readonly mutations: number;
  readonly refused: number;
}

const QUIET_MS = 600_000;

/**
 * Plays a schedule: clients over a rough network and a server that restarts, in tabs that are reloaded and crash. When
 * all is quiet again every client shows what the server has, nothing acknowledged is lost or done twice, nothing the
 * device kept is lost, and no picture ever came back.
 * @throws Error that says what did not hold
 */
export async function converge({ seed, tabs: size, steps }: Schedule): Promise<RunReport> {
  const world = createChaosWorld(seed);
  // The first two share a browser, the third has one of its own, any other keeps nothing.
  const shared = createBrowser(world.clock, world.random);
  const tabs = Array.from({ length: size }, (_, index) => {
    const own = index === 2 ? createBrowser(world.clock, world.random) : undefined;
    return createTab(world, `c${index}`, index < 2 ? shared : own);
  });
  for (const step of steps) {
    await take(step, world, tabs);
    await world.pass(step.waitMs);
  }
  const inherited = await inherit(world, tabs);
  world.network.heal();
  world.tokens.heal();
  await quiet(world, tabs);
  await check(world, tabs);
  checkOrder(world, inherited);
  for (const { client } of tabs) await world.until(client.close());
  await world.close();
  demand(world.log.errors.length === 0, "the server logged", world.log.errors);
  demand(world.errors.length === 0, "a client reported", world.errors);
  const mutations = tabs.reduce((sum, { made }) => sum + made.length, 0);
  return { faults: world.count, mutations, refused: world.refused.size };
}

async function take(step: Step, world: ChaosWorld, tabs: readonly Tab[]): Promise<void> {
  const tab = tabs[Math.floor(step.tab * tabs.length)];
  switch (step.kind) {
    case "write":
      tab?.write(step);
      break;
    case "reload":
      await tab?.reload();
      break;
    case "leave":
      await tab?.leave(step);
      break;
    case "crash":
      await tab?.crash();
      break;
    case "cut":
      world.network.cut();
      break;
    case "restart":
      world.restart();
      break;
    case "renew":
      world.renew();
      break;
    case "tokens":
      world.tokens.trouble(30_000);
      break;
    case "sleep":
      break;
  }
}

async function quiet(world: ChaosWorld, tabs: readonly Tab[]): Promise<void> {
  const isQuiet = (): boolean =>
    tabs.every(
      ({ client }) =>
        client.status.getSnapshot().name === "live" && client.mutations.getSnapshot().pending.length === 0,
    );
  for (let waited = 0; !isQuiet(); waited += 1_000) {
    demand(waited <= QUIET_MS, "never quiet", tabs.map(describe));
    await world.pass(1_000);
  }
  await world.pass(10_000);
}

/** Ids of two writes of one field, in the order in which they were shown. */
type InOrder = readonly [below: string, above: string];

/**
 * Two tabs of one browser write one field while the network is down, and one of them is left: the other sends what it
 * wrote as well, and its own write, which it showed on top, last.
 */
async function inherit(world: ChaosWorld, tabs: readonly Tab[]): Promise<InOrder | undefined> {
  const [left, heir] = tabs;
  if (left === undefined || heir === undefined) return undefined;
  world.network.down();
  const known = new Set(heir.client.tasks.list().map(({ id }) => id));
  const id = left.client.tasks.list().find((task) => known.has(task.id))?.id;
  if (id !== undefined) {
    heir.write(renaming(heir, id));
    await left.leave(renaming(left, id));
  }
  world.network.up();
  const [below, above] = [left, heir].map(({ made }) => made.at(-1)?.mutation.id);
  return id === undefined || below === undefined || above === undefined ? undefined : [below, above];
}

/** As `Tab.write` takes it. */
function renaming({ client }: Tab, id: string): Step {
  const list = client.tasks.list();
  const index = list.findIndex((task) => task.id === id);
  return { kind: "write", tab: 0, roll: 0.3, pick: (index + 0.5) / list.length, waitMs: 0 };
}

/** The server did them in the order in which they were shown, if it did both. */
function checkOrder({ applied }: ChaosWorld, inherited: InOrder | undefined): void {
  const order = [...applied.keys()];
  const places = inherited?.map((id) => order.indexOf(id)) ?? [];
  const [below = -1, above = -1] = places;
  const isRight = below === -1 || above === -1 || below < above;
  demand(isRight, "what was adopted was done after what was shown on top of it", inherited);
}

async function check(world: ChaosWorld, tabs: readonly Tab[]): Promise<void> {
  const there = byId(world.store.entities("p1", "tasks"));
  const refusedTexts = new Set<string>();
  for (const { client, made } of tabs) {
    const shown = byId(client.tasks.list());
    demand(isDeepStrictEqual(shown, there), "a client shows something else than the server has", {
      shown,
      there,
    });
    for (const { mutation, text, mayBeLost } of made) {
      const times = world.applied.get(mutation.id) ?? 0;
      const isRefused = world.refused.has(mutation.id);
      // What a crash took along was not told to be refused either: its picture goes as if it had been.
      if (times === 0) refusedTexts.add(text);
      const isRight = times === (isRefused ? 0 : 1) || (mayBeLost && times === 0);
      demand(isRight, `${mutation.id} (${mutation.status}) was done ${times} times`, {
        isRefused,
        mayBeLost,
      });
      const isTold = mutation.status === "acknowledged" || mutation.status === "synced";
      demand(!isTold || times === 1, `${mutation.id} was acknowledged and done ${times} times`, {});
    }
  }
  for (const [index, { pictures }] of tabs.entries()) {
    for (const one of pictures) one.check(`tab ${index} showed again`, refusedTexts);
  }
}

function demand(holds: boolean, what: string, about: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(about, (_, value) => plain(value), 1)}`);
}

function plain(value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message} ${String(value.stack)}` : value;
}

function byId(entities: readonly Entity[]): readonly Entity[] {
  return [...entities].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function describe({ client, made }: Tab): object {
  const open = made.filter(({ mutation }) => !["synced", "rejected"].includes(mutation.status));
  return {
    status: client.status.getSnapshot(),
    pending: client.mutations.getSnapshot().pending,
    open: open.map(({ mutation }) => mutation.id),
  };
}
