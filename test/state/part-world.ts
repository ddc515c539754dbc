import { createMutations } from "../../sdk/mutations/index.ts";
import type { Envelope } from "../../sdk/protocol/index.ts";
import { createStore } from "../../sdk/store/index.ts";
import { createSync, type SyncTrace } from "../../sdk/sync/index.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createFakeLink } from "./fake-link.ts";

export interface PartWorldOptions {
  readonly projectId?: string | undefined;
  readonly clientId?: string;
  readonly maxInFlight?: number;
  readonly pageEntities?: number;
  readonly collections?: Readonly<Record<string, { readonly singular: string }>>;
}

/** Store, sync and mutations over a link whose other end is the test, on a clock moved by hand. */
export function createPartWorld(options: PartWorldOptions = {}) {
  const clock = createManualClock();
  const link = createFakeLink();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const trace: SyncTrace[] = [];
  const delivered: { readonly envelope: Envelope; readonly replayed: boolean }[] = [];
  const projectId = "projectId" in options ? options.projectId : "p1";
  const store = createStore({ projectId, onError });
  const { now, schedule } = clock;
  const timing = { now, schedule, random: () => 0.5 };
  const sync = createSync({
    ...timing,
    link,
    store,
    onError,
    trace: (entry) => void trace.push(entry),
    deliver: (envelope, replayed) => void delivered.push({ envelope, replayed }),
    ...(options.collections === undefined ? {} : { collections: options.collections }),
    ...(options.pageEntities === undefined ? {} : { pageEntities: options.pageEntities }),
  });
  let ids = 0;
  const mutations = createMutations({
    ...timing,
    link,
    store,
    onError,
    clientId: options.clientId ?? "c1",
    createId: () => `made-${++ids}`,
    expect: sync.expect,
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
  });
  sync.state.subscribe(() => {
    if (sync.state.getSnapshot().name === "current" && link.up !== undefined) mutations.resume?.();
  });
  return { clock, link, errors, trace, delivered, store, sync, mutations, tasks: mutations.tasks };
}

export type PartWorld = ReturnType<typeof createPartWorld>;
