import { createMemoryStore } from "../../server/store/memory-store.ts";
import type { Commit, Decision, Store, View } from "../../server/store/store.ts";
import type { Entity } from "../protocol/index.ts";

/** The memory store, which a test can also look into and act on within one statement. */
export interface TransparentStore extends Store {
  /** Decides at once. What `decide` throws is thrown. */
  decide<T>(projectId: string, decide: (view: View) => Decision<T>): T;
  /** Entities of a collection now, in the order in which they were made. */
  entities(projectId: string, collection: string): readonly Entity[];
  collections(projectId: string): readonly string[];
  projectIds(): readonly string[];
  /** A new epoch for a project that keeps what it holds: its history is lost. */
  renew(projectId: string): void;
}

interface Known {
  readonly ids: Map<string, Set<string>>;
  readonly registers: Set<string>;
}

export interface TransparentStoreOptions {
  readonly createEpoch: () => string;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export function createTransparentStore(options: TransparentStoreOptions): TransparentStore {
  const inner = createMemoryStore(options);
  const known = new Map<string, Known>();
  /** Epochs whose first commits tell how the project was carried over, not what happened. */
  const carried = new Map<string, number>();

  const knownOf = (projectId: string): Known => {
    let found = known.get(projectId);
    if (found === undefined) {
      found = { ids: new Map(), registers: new Set() };
      known.set(projectId, found);
    }
    return found;
  };

  function note(projectId: string, decision: Decision<unknown>): void {
    const { ids, registers } = knownOf(projectId);
    if (decision.clear !== undefined) ids.clear();
    else
      for (const { collection, id, entity } of decision.writes ?? []) {
        const of = ids.get(collection) ?? new Set();
        ids.set(collection, of);
        if (entity === null) of.delete(id);
        else of.add(id);
      }
    for (const name of Object.keys(decision.registers ?? {})) registers.add(name);
  }

  const transact = <T>(projectId: string, decide: (view: View) => Decision<T>): Promise<T> => {
    let made: Decision<T> | undefined;
    const result = inner.transact(projectId, (view) => {
      made = decide(view);
      return made;
    });
    // The memory store has decided and applied by now; its promise only tells.
    if (made !== undefined) note(projectId, made);
    return result;
  };

  function decideNow<T>(projectId: string, decide: (view: View) => Decision<T>): T {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    const told = transact(projectId, (view) => {
      try {
        const decision = decide(view);
        outcome = { value: decision.result };
        return decision;
      } catch (error) {
        outcome = { error };
        throw error;
      }
    });
    told.catch(() => undefined);
    if (outcome === undefined) throw new Error("The mock server is closed");
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  const look = <T>(projectId: string, see: (view: View) => T): T =>
    decideNow(projectId, (view) => ({ result: see(view) }));

  const collections = (projectId: string): readonly string[] => [...knownOf(projectId).ids.keys()];

  const entities = (projectId: string, collection: string): readonly Entity[] =>
    look(projectId, (view) =>
      [...(knownOf(projectId).ids.get(collection) ?? [])].flatMap((id) => view.entity(collection, id) ?? []),
    );

  function toldOf(commit: Commit): Commit | undefined {
    if (commit.reset !== undefined && carried.has(commit.reset.epoch)) {
      const seq = carried.get(commit.reset.epoch) ?? 0;
      if (seq > 0) return undefined;
      carried.delete(commit.reset.epoch);
      return { ...commit, isKept: true };
    }
    if (carried.get(commit.epoch) !== commit.seq) return commit;
    carried.delete(commit.epoch);
    const { projectId, epoch, seq } = commit;
    return { projectId, epoch, seq, events: [], notices: [], reset: { epoch, seq }, isKept: true };
  }

  const listeners = new Set<(commit: Commit) => void>();
  inner.onCommit((commit) => {
    const told = toldOf(commit);
    if (told === undefined) return;
    for (const listener of [...listeners]) listener(told);
  });

  return {
    ...inner,
    transact,
    decide: decideNow,
    entities,
    collections,
    projectIds: () => [...known.keys()],
    onCommit(listener) {
      const own = (commit: Commit): void => listener(commit);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    renew(projectId) {
      const epoch = options.createEpoch();
      const held = collections(projectId).flatMap((collection) =>
        entities(projectId, collection).map((entity) => ({ collection, entity })),
      );
      const registers = look(projectId, (view) =>
        Object.fromEntries([...knownOf(projectId).registers].map((name) => [name, view.register(name)])),
      );
      carried.set(epoch, held.length);
      decideNow(projectId, () => ({ result: undefined, clear: { epoch }, registers }));
      if (held.length === 0) return;
      const timestamp = options.now();
      decideNow(projectId, () => ({
        result: undefined,
        events: held.map(({ entity }, at) => {
          const event = "mock:carried";
          return { envelope: { type: event, event, data: entity, timestamp, projectId, seq: at + 1, epoch } };
        }),
        writes: held.map(({ collection, entity }, at) => {
          const seq = at + 1;
          return { collection, id: entity.id, entity: { ...entity, seq }, seq };
        }),
      }));
    },
  };
}
