import { expect } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Mutation } from "../../sdk/mutations/index.ts";
import type { Entity, Task } from "../../sdk/protocol/index.ts";
import { memory, type Persistence } from "../../sdk/store/persistence/index.ts";
import { createMemoryNetwork } from "../../sdk/testing/memory-transport.ts";
import { createAuthenticator } from "../../server/auth/authenticator.ts";
import { createHub, type Hub } from "../../server/core/hub.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { createErrorLog } from "../behaviour/open-hub.ts";
import { randomFrom } from "../store/seed.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createRoughNetwork } from "./rough-network.ts";

/** What one run was made of, for whoever wants to see that something happened. */
export interface ConvergenceReport {
  readonly mutations: number;
  readonly rejected: number;
  readonly current: number;
  readonly delta: number;
  readonly snapshot: number;
  readonly restarts: number;
  readonly reloads: number;
  readonly adopted: number;
}

type Client = ReturnType<typeof createClient>;

interface Made {
  readonly mutation: Mutation;
  readonly title: string | undefined;
}

/** A tab: a page after the other, with what it did and everything it ever showed. */
interface Tab {
  client: Client;
  readonly made: Made[];
  /** Titles of each task in the order they were shown, `null` while it was not there. */
  pictures: Map<string, (string | null)[]>;
  /** Two tabs of one browser share it; without it a reload starts from nothing. */
  readonly persistence: Persistence | undefined;
}

/** Refusals that another user's write explains. */
const EXPLAINED = ["CONFLICT", "NOT_FOUND"];
const QUIET_MS = 600_000;

/**
 * Clients over a rough network and a server that restarts, in tabs that are reloaded, all of one seed. When all is
 * quiet again every client shows what the server has, nothing acknowledged is lost or done twice, nothing written
 * before a reload is lost, and no picture ever came back.
 */
export async function converge(seed: number, steps = 60): Promise<ConvergenceReport> {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const about = `seed ${seed}`;
  const clock = createManualClock(1_800_000_000_000);
  const log = createErrorLog();
  const store = createMemoryStore({ now: clock.now });
  const errors: unknown[] = [];
  const applied = new Map<string, number>();
  store.onCommit(({ events }) => {
    for (const { envelope } of events) {
      const isWrite = /^task:(created|updated|deleted)$/.test(envelope.event);
      if (envelope.mutationId === undefined || !isWrite) continue;
      applied.set(envelope.mutationId, (applied.get(envelope.mutationId) ?? 0) + 1);
    }
  });
  let ids = 0;
  const count = { restarts: 0, reloads: 0, adopted: 0, current: 0, delta: 0, snapshot: 0 };
  const hubs: Hub[] = [];
  const start = (): Hub => {
    const hub = createHub({
      store,
      clock,
      log,
      createId: () => `h${seed}-${++ids}`,
      random,
      authenticator: createAuthenticator({ now: clock.now }),
    });
    hubs.push(hub);
    return hub;
  };
  let hub = start();
  const memoryNetwork = createMemoryNetwork({ hub: () => hub, clock, createId: () => `n-${++ids}` });
  const network = createRoughNetwork({ connect: memoryNetwork.connect, clock, random });

  const flush = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 40) {
      clock.advance(Math.min(40, left));
      await flush();
    }
  };

  const refusedTitles = new Set<string | undefined>();
  const refused = new Map<string, string>();
  const open = (name: string, pictures: Tab["pictures"], persistence: Tab["persistence"]): Client => {
    const client = createClient({
      url: "http://memory",
      projectId: "p1",
      transport: network.connect,
      clock,
      random,
      createId: () => `${name}-${++ids}`,
      onError: (error) => void errors.push(error),
      ...(persistence === undefined ? {} : { persistence }),
    });
    const look = (): void => {
      const shown = new Map(client.tasks.list().map(({ id, title }) => [id, title]));
      for (const id of new Set([...pictures.keys(), ...shown.keys()])) {
        const seen = pictures.get(id) ?? [];
        pictures.set(id, seen);
        const now = shown.get(id) ?? null;
        if (seen.at(-1) !== now && (seen.length > 0 || now !== null)) seen.push(now);
      }
    };
    client.tasks.subscribe(look);
    client.mutations.onRejected(({ id }, error) => {
      expect(EXPLAINED, `${about} ${id} ${error.message}`).toContain(error.code);
      refused.set(id, error.code);
    });
    client.connect().catch((error: unknown) => {
      // A page that is closed while it connects says so.
      if ((error as { code?: string }).code !== "CLOSED") errors.push(error);
    });
    return client;
  };
  const note = (client: Client): void => {
    for (const { kind, name, detail } of client.trace.getSnapshot()) {
      const outcome =
        kind === "sync" ? (detail as { outcome?: "current" | "delta" | "snapshot" }).outcome : undefined;
      if (outcome !== undefined) count[outcome] += 1;
      if (kind === "mutation" && name === "adopted") count.adopted += 1;
    }
  };

  // The first two share a browser, the third has one of its own, any other keeps nothing.
  const shared = memory();
  const tabs = Array.from({ length: 2 + (seed % 3) }, (_, index): Tab => {
    const persistence = index < 2 ? shared : index === 2 ? memory() : undefined;
    const pictures: Tab["pictures"] = new Map();
    return { client: open(`c${index}`, pictures, persistence), made: [], pictures, persistence };
  });

  let titles = 0;
  const act = ({ client, made }: Tab): void => {
    const { tasks } = client;
    const task: Task | undefined = pick(tasks.list());
    const title = `t${++titles}`;
    const keep = (mutation: Mutation, named?: string): void => void made.push({ mutation, title: named });
    const roll = random();
    if (task === undefined || roll < 0.2) keep(tasks.create({ title, tags: [] }), title);
    else if (roll < 0.6) {
      const rename = tasks.update(task.id, (draft) => {
        draft.title = title;
      });
      keep(rename, title);
    } else if (roll < 0.75) {
      const push = tasks.update(task.id, (draft) => {
        // Made with a list of tags above.
        (draft["tags"] as string[]).push(title);
      });
      keep(push);
    } else if (roll < 0.8) keep(tasks.remove(task.id));
    else keep(tasks.update(task.id, (draft) => void Object.assign(draft, { note: title })));
  };

  const reload = async (tab: Tab, index: number): Promise<void> => {
    if (tab.persistence === undefined) return;
    count.reloads += 1;
    const closed = tab.client.close();
    await flush();
    await closed;
    note(tab.client);
    await pass(40);
    // Of two tabs one keeps the base, and it may be behind the other: there a reload may show an older picture.
    if (tab.persistence === shared) tab.pictures = new Map();
    tab.client = open(`c${index}r${count.reloads}`, tab.pictures, tab.persistence);
    // A page is looked at before it is touched; what was kept is there by then.
    await flush();
  };

  for (let step = 0; step < steps; step++) {
    const roll = random();
    const tab = pick(tabs);
    if (tab !== undefined && roll < 0.83) act(tab);
    else if (tab !== undefined && roll < 0.89) await reload(tab, tabs.indexOf(tab));
    else if (roll < 0.95) network.cut();
    else if (roll < 0.98) {
      // As by kill -9: what was on its way is lost, what was committed stays.
      network.cut();
      count.restarts += 1;
      hub = start();
    }
    await pass(Math.floor(random() * random() * 3_000));
  }

  network.heal();
  const isQuiet = (): boolean =>
    tabs.every(
      ({ client }) =>
        client.status.getSnapshot().name === "live" && client.mutations.getSnapshot().pending.length === 0,
    );
  for (let waited = 0; !isQuiet(); waited += 1_000) {
    if (waited > QUIET_MS) throw new Error(`${about}: not quiet; ${JSON.stringify(tabs.map(describe))}`);
    await pass(1_000);
  }
  await pass(6_000);

  const { entities } = await store.snapshot("p1");
  const there = byId(entities["tasks"] ?? []);
  for (const { client, made } of tabs) {
    expect(byId(client.tasks.list()), about).toEqual(there);
    note(client);
    for (const { mutation, title } of made) {
      const times = applied.get(mutation.id) ?? 0;
      const isRefused = refused.has(mutation.id);
      if (isRefused) refusedTitles.add(title);
      // Done once or refused, whichever page it was that heard of it; a note on a task may repeat what is there.
      expect(times, `${about} ${mutation.id} ${mutation.status}`).toBe(isRefused ? 0 : 1);
      if (mutation.status === "synced") expect(isRefused, `${about} ${mutation.id}`).toBe(false);
    }
  }
  for (const { pictures } of tabs) {
    for (const [id, seen] of pictures) {
      const taken = seen.filter((title) => title === null || !refusedTitles.has(title));
      const distinct = taken.filter((title, index) => title !== taken[index - 1]);
      expect(new Set(distinct).size, `${about} ${id}: ${seen.join(" → ")}`).toBe(distinct.length);
    }
  }
  expect(errors, about).toEqual([]);
  for (const { client } of tabs) await client.close();
  for (const one of hubs) {
    const closed = one.close();
    await pass(11_000);
    await closed;
  }
  expect(log.errors, about).toEqual([]);
  const mutations = tabs.reduce((sum, { made }) => sum + made.length, 0);
  return { mutations, rejected: refused.size, ...count };
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
