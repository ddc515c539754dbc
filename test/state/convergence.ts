import { expect } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Mutation } from "../../sdk/mutations/index.ts";
import type { Entity, Task } from "../../sdk/protocol/index.ts";
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
  readonly syncs: Readonly<Record<string, number>>;
  readonly restarts: number;
}

export interface ConvergenceOptions {
  readonly clients?: number;
  readonly steps?: number;
}

type Client = ReturnType<typeof createClient>;

/** A client with what it did and everything it ever showed. */
interface Actor {
  readonly client: Client;
  readonly made: { readonly mutation: Mutation; readonly title: string | undefined }[];
  /** Titles of each task in the order they were shown, `null` while it was not there. */
  readonly pictures: Map<string, (string | null)[]>;
}

/** Refusals that another user's write explains. */
const EXPLAINED = ["CONFLICT", "NOT_FOUND"];
const QUIET_MS = 600_000;

/**
 * Clients over a rough network and a server that restarts, all of one seed. When all is quiet again every client shows
 * what the server has, nothing acknowledged is lost or done twice, and no picture ever came back.
 */
export async function converge(seed: number, options: ConvergenceOptions = {}): Promise<ConvergenceReport> {
  const { clients = 3, steps = 60 } = options;
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
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
  let restarts = 0;
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
  const memory = createMemoryNetwork({ hub: () => hub, clock, createId: () => `n-${++ids}` });
  const network = createRoughNetwork({ connect: memory.connect, clock, random });

  const flush = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 40) {
      clock.advance(Math.min(40, left));
      await flush();
    }
  };

  const actors = Array.from({ length: clients }, (_, index): Actor => {
    const client = createClient({
      url: "http://memory",
      projectId: "p1",
      transport: network.connect,
      clock,
      random,
      createId: () => `c${index}-${++ids}`,
      onError: (error) => void errors.push(error),
    });
    const pictures = new Map<string, (string | null)[]>();
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
    client.connect().catch((error: unknown) => errors.push(error));
    return { client, made: [], pictures };
  });

  let titles = 0;
  const act = ({ client, made }: Actor): void => {
    const { tasks } = client;
    const task: Task | undefined = pick(tasks.list());
    const title = `t${++titles}`;
    const keep = (mutation: Mutation, named?: string): void => void made.push({ mutation, title: named });
    const roll = random();
    if (task === undefined || roll < 0.2) keep(tasks.create({ title, tags: [] }), title);
    else if (roll < 0.6) {
      keep(
        tasks.update(task.id, (draft) => {
          draft.title = title;
        }),
        title,
      );
    } else if (roll < 0.75) {
      keep(
        tasks.update(task.id, (draft) => {
          // Made with a list of tags above.
          (draft["tags"] as string[]).push(title);
        }),
      );
    } else if (roll < 0.8) keep(tasks.remove(task.id));
    else keep(tasks.update(task.id, (draft) => void Object.assign(draft, { note: title })));
  };

  for (let step = 0; step < steps; step++) {
    const roll = random();
    const actor = pick(actors);
    if (actor !== undefined && roll < 0.85) act(actor);
    else if (roll < 0.93) network.cut();
    else if (roll < 0.96) {
      // As by kill -9: what was on its way is lost, what was committed stays.
      network.cut();
      restarts += 1;
      hub = start();
    }
    await pass(Math.floor(random() * random() * 3_000));
  }

  network.heal();
  const isQuiet = (): boolean =>
    actors.every(
      ({ client, made }) =>
        client.status.getSnapshot().name === "live" &&
        client.mutations.getSnapshot().pending.length === 0 &&
        made.every(({ mutation: { status } }) => status === "synced" || status === "rejected"),
    );
  for (let waited = 0; !isQuiet(); waited += 1_000) {
    if (waited > QUIET_MS)
      throw new Error(`seed ${seed}: not quiet; ${JSON.stringify(actors.map(describe))}`);
    await pass(1_000);
  }
  await pass(1_000);

  const { entities } = await store.snapshot("p1");
  const there = byId(entities["tasks"] ?? []);
  let mutations = 0;
  let rejected = 0;
  const syncs: Record<string, number> = {};
  for (const { client, made, pictures } of actors) {
    expect(byId(client.tasks.list()), `seed ${seed}`).toEqual(there);
    for (const { mutation } of made) {
      mutations += 1;
      const times = applied.get(mutation.id) ?? 0;
      if (mutation.status === "synced") {
        // One that changes nothing makes no event.
        expect(times, `seed ${seed} ${mutation.id}`).toBeLessThanOrEqual(1);
        await mutation.acknowledged;
      } else {
        rejected += 1;
        expect(times, `seed ${seed} ${mutation.id}`).toBe(0);
        const error: unknown = await mutation.acknowledged.catch((reason: unknown) => reason);
        expect(EXPLAINED, `seed ${seed} ${mutation.id} ${String(error)}`).toContain(
          (error as { code?: string }).code,
        );
      }
    }
    const refused = new Set(
      made.filter(({ mutation }) => mutation.status === "rejected").map(({ title }) => title),
    );
    for (const [id, seen] of pictures) {
      const taken = seen.filter((title) => title === null || !refused.has(title));
      const distinct = taken.filter((title, index) => title !== taken[index - 1]);
      expect(new Set(distinct).size, `seed ${seed} ${id}: ${seen.join(" → ")}`).toBe(distinct.length);
    }
    for (const { kind, detail } of client.trace.getSnapshot()) {
      const outcome = kind === "sync" ? (detail as { outcome?: string }).outcome : undefined;
      if (outcome !== undefined) syncs[outcome] = (syncs[outcome] ?? 0) + 1;
    }
  }
  expect(errors, `seed ${seed}`).toEqual([]);
  for (const { client } of actors) await client.close();
  for (const one of hubs) {
    const closed = one.close();
    await pass(11_000);
    await closed;
  }
  expect(log.errors, `seed ${seed}`).toEqual([]);
  return { mutations, rejected, syncs, restarts };
}

function byId(entities: readonly Entity[]): readonly Entity[] {
  return [...entities].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function describe({ client, made }: Actor): object {
  return {
    status: client.status.getSnapshot(),
    pending: client.mutations.getSnapshot().pending,
    open: made
      .filter(({ mutation }) => !["synced", "rejected"].includes(mutation.status))
      .map(({ mutation }) => mutation.id),
  };
}
