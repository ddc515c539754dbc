import { createMutations, type StoredEntry } from "../../sdk/mutations/index.ts";
import type { Envelope } from "../../sdk/protocol/index.ts";
import { createStore } from "../../sdk/store/index.ts";
import type { Keeper, KeeperTrace, Persistence } from "../../sdk/store/persistence/index.ts";
import { createSync } from "../../sdk/sync/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createFakeLink } from "./fake-link.ts";

export interface PartWorldOptions {
  readonly clientId?: string;
  /** Default `p1`. */
  readonly projectId?: string;
  readonly maxInFlight?: number;
  readonly pageEntities?: number;
  readonly collections?: Readonly<Record<string, { readonly singular: string }>>;
  readonly persistence?: Persistence;
  /** Hears what the outbox is given. */
  readonly onPut?: (entry: StoredEntry) => void;
}

/** Store, sync and mutations over a link whose other end is the test, on a clock moved by hand. */
export function createPartWorld(options: PartWorldOptions = {}) {
  const clock = createManualClock();
  const link = createFakeLink();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const trace: Readonly<Record<string, unknown>>[] = [];
  const delivered: { readonly envelope: Envelope; readonly replayed: boolean }[] = [];
  const projectId = options.projectId ?? "p1";
  const store = createStore({ projectId, onError });
  const { now, schedule } = clock;
  const timing = { now, schedule, random: () => 0.5 };
  const sync = createSync({
    ...timing,
    link,
    store,
    onError,
    trace: (type, detail) => void trace.push({ type, ...detail }),
    onFocus() {},
    deliver: (envelope, replayed) => void delivered.push({ envelope, replayed }),
    collections: options.collections ?? {},
    ...(options.pageEntities === undefined ? {} : { pageEntities: options.pageEntities }),
  });
  const clientId = options.clientId ?? "c1";
  let ids = 0;
  let keeper: Keeper | undefined;
  const kept: KeeperTrace[] = [];
  const mutations = createMutations({
    ...timing,
    link,
    store,
    onError,
    clientId,
    createId: () => `made-${clientId}-${++ids}`,
    expect: sync.expect,
    trace() {},
    sender: () => "ui:ada",
    collections: {},
    ...(options.persistence === undefined && options.onPut === undefined
      ? {}
      : {
          outbox: {
            put(entry) {
              options.onPut?.(entry);
              keeper?.outbox.put(entry);
            },
            settle: (entry) => keeper?.outbox.settle(entry),
            remove: (id) => keeper?.outbox.remove(id),
            kept: () => keeper?.outbox.kept() ?? Promise.resolve(),
          },
        }),
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
  });
  keeper = options.persistence?.keep({
    url: "http://server",
    projectId,
    clientId,
    link,
    store,
    schedule,
    onError,
    trace: (entry) => void kept.push(entry),
    queue: {
      stored: mutations.stored,
      forget: mutations.forget,
      // What is adopted is what another queue put there.
      adopt: (writes) => mutations.adopt(writes as readonly StoredEntry[]),
    },
  });
  // As the client does: once a connection, when state is synced.
  let isDue = true;
  sync.state.subscribe(() => {
    const { name } = sync.state.getSnapshot();
    if (name === "down") isDue = true;
    if (name !== "current" || link.up === undefined || !isDue) return;
    isDue = false;
    mutations.resume?.();
  });
  const close = (): void => {
    void keeper?.dispose();
    for (const part of [sync, mutations]) part.dispose();
  };
  return {
    clock,
    link,
    errors,
    trace,
    kept,
    delivered,
    store,
    sync,
    mutations,
    keeper,
    close,
    tasks: mutations.tasks,
  };
}

export type PartWorld = ReturnType<typeof createPartWorld>;
