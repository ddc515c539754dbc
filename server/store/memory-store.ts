import { createCommitFeed, surfaceError } from "./commit-feed.ts";
import { commitOf } from "./commit-of.ts";
import { checkDecision } from "./decision-check.ts";
import { createAnswerBook } from "./memory/answer-book.ts";
import { deltaOf } from "./memory/project-delta.ts";
import { pageOf, snapshotOf } from "./memory/project-page.ts";
import {
  applyDecision,
  applyRegisters,
  createProjectState,
  type ProjectState,
} from "./memory/project-state.ts";
import { resolveRetention } from "./retention.ts";
import { type Decision, type Retention, type Store, StoreUnavailable, type View } from "./store.ts";

export interface MemoryStoreOptions {
  /** Names the epoch of a project never seen before; default: a random text. */
  readonly createEpoch?: () => string;
  readonly retention?: Partial<Retention>;
  /** Epoch milliseconds, on the clock of `Answer.at`; default `Date.now`. */
  readonly now?: () => number;
  /** Told what a listener of `onCommit` throws; default: an unhandled rejection. */
  readonly onError?: (error: unknown) => void;
}

interface Project {
  readonly id: string;
  state: ProjectState;
  readonly view: View;
}

/**
 * A store in this process' memory, gone with it. Runs wherever JavaScript runs.
 *
 * Entities, answers and registers are kept and handed out as they are, neither copied nor frozen: whoever makes one or
 * gets one must never change it. They should be JSON values, as the stores on disk keep nothing else.
 * A transaction decides and applies at once; listeners and the promise hear of it in a microtask.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { createEpoch = randomEpoch, now = Date.now, onError = surfaceError } = options;
  const retention = resolveRetention(options.retention);
  const projects = new Map<string, Project>();
  const projectOfSession = new Map<string, string>();
  const answers = createAnswerBook(retention, now);
  const feed = createCommitFeed(onError);
  let closed = false;

  function project(id: string): Project {
    const known = projects.get(id);
    if (known !== undefined) return known;
    const made: Project = {
      id,
      state: createProjectState({ epoch: createEpoch(), seq: 0 }, retention),
      view: viewOf(id),
    };
    projects.set(id, made);
    return made;
  }

  /** One view serves all transactions of a project: it always shows the state as it is. */
  function viewOf(id: string): View {
    const state = (): ProjectState => project(id).state;
    return {
      projectId: id,
      get head() {
        return state().position;
      },
      entity: (collection, entityId) => state().table.entity(collection, entityId),
      count: (collection) =>
        collection === undefined ? state().table.size : state().table.count(collection),
      oldest: (collection) => state().table.oldest(collection),
      claimsOf: (sessionId) => [...(state().claims.get(sessionId) ?? [])],
      projectOfSession: (sessionId) => projectOfSession.get(sessionId),
      answer: (owner, key) => answers.answer(id, owner, key),
      highest: (owner) => answers.highest(id, owner),
      register: (name) => state().registers.get(name),
    };
  }

  /** From here on nothing throws: all is applied. */
  function apply(target: Project, decision: Decision<unknown>): void {
    applyDecision(target.state, decision);
    for (const { collection, id, entity } of decision.writes ?? []) {
      if (collection !== "sessions") continue;
      if (entity !== null) projectOfSession.set(id, target.id);
      else if (projectOfSession.get(id) === target.id) projectOfSession.delete(id);
    }
    if (decision.clear !== undefined) startAnew(target, decision, decision.clear.epoch);
    if (decision.answer !== undefined) answers.add(target.id, decision.answer);
  }

  function startAnew(target: Project, decision: Decision<unknown>, epoch: string): void {
    for (const sessionId of target.state.table.collections.get("sessions")?.rows.keys() ?? []) {
      if (projectOfSession.get(sessionId) === target.id) projectOfSession.delete(sessionId);
    }
    target.state = createProjectState({ epoch, seq: 0 }, retention);
    // Registers of the decision that clears belong to the new epoch.
    applyRegisters(target.state, decision);
  }

  function transact<T>(projectId: string, decide: (view: View) => Decision<T>): T {
    const target = project(projectId);
    const { position } = target.state;
    const decision = decide(target.view);
    checkDecision(projectId, position, decision);
    apply(target, decision);
    const commit = commitOf(projectId, position, decision);
    if (commit !== undefined) feed.add(commit);
    return decision.result;
  }

  /** Answers in a microtask, as a promise does, so that no caller comes to rely on more. */
  async function reading<T>(read: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable("the store is closed");
    return read();
  }

  return {
    async transact(projectId, decide) {
      const result = await reading(() => transact(projectId, decide));
      feed.flush();
      return result;
    },
    head: (projectId) => reading(() => project(projectId).state.position),
    entity: (projectId, collection, id) =>
      reading(() => projects.get(projectId)?.state.table.entity(collection, id)),
    list: (projectId, collection) =>
      reading(() => {
        const { table, position } = project(projectId).state;
        const rows = table.collections.get(collection)?.rows.values() ?? [];
        return { items: Array.from(rows, (row) => row.entity), position };
      }),
    register: (projectId, name) => reading(() => projects.get(projectId)?.state.registers.get(name)),
    projects: () =>
      reading(() =>
        [...projects.values()].flatMap(({ state }) =>
          Array.from(state.table.collections.get("projects")?.rows.values() ?? [], (row) => row.entity),
        ),
      ),
    projectOfSession: (sessionId) => reading(() => projectOfSession.get(sessionId)),
    snapshot: (projectId) => reading(() => snapshotOf(project(projectId).state)),
    page: (projectId, after, limit) => reading(() => pageOf(project(projectId).state, after, limit)),
    delta: (projectId, since) =>
      reading(() => {
        const known = projects.get(projectId);
        return known === undefined ? undefined : deltaOf(known.state, since);
      }),
    onCommit: (listener) => feed.subscribe(listener),
    ready: () => !closed,
    async close() {
      closed = true;
      feed.flush();
    },
  };
}

/** Unique among the lives of one process, which is as long as this store lives. */
function randomEpoch(): string {
  return Date.now().toString(36) + Math.random().toString(36).slice(2, 12);
}
