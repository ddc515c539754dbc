import { randomUUID } from "node:crypto";
import { createCommitFeed, surfaceError } from "./commit-feed.ts";
import { commitOf } from "./commit-of.ts";
import { checkDecision } from "./decision-check.ts";
import { sweepAnswers } from "./lmdb/answer-sweep.ts";
import { addAnswer } from "./lmdb/answers.ts";
import { createDatabase, type DatabaseStats } from "./lmdb/database.ts";
import { openEnvironment } from "./lmdb/environment.ts";
import { type FrozenRead, readFrozen } from "./lmdb/frozen-read.ts";
import { type Head, positionOf, readHead, startLife } from "./lmdb/head.ts";
import { keys } from "./lmdb/keys.ts";
import { planCommit } from "./lmdb/plan-commit.ts";
import { deltaOf, listOf, pageOf, projectsOf, snapshotOf } from "./lmdb/project-read.ts";
import { createSharedReads } from "./lmdb/shared-reads.ts";
import { emptyTrash } from "./lmdb/trash.ts";
import { createTurns } from "./lmdb/turns.ts";
import { createView, projectOfSession } from "./lmdb/view.ts";
import type { WriteSet } from "./lmdb/write-set.ts";
import { createWriter } from "./lmdb/writer.ts";
import { resolveRetention } from "./retention.ts";
import {
  type Commit,
  type Decision,
  type Retention,
  type Store,
  type StoreSnapshot,
  StoreUnavailable,
  type View,
} from "./store.ts";

export interface LmdbStoreOptions {
  /** Names the epoch of a project never seen before; default: a random UUID. */
  readonly createEpoch?: () => string;
  readonly retention?: Partial<Retention>;
  /** Epoch milliseconds, on the clock of `Answer.at`; default `Date.now`. */
  readonly now?: () => number;
  /** Told what a listener of `onCommit` throws; default: an unhandled rejection. */
  readonly onError?: (error: unknown) => void;
}

export interface LmdbStore extends Store {
  /** Records read and written since opening. */
  readonly stats: DatabaseStats;
}

/** Jobs of one transaction hold the event loop no longer than this, so that a burst does not hold up sockets. */
const SLICE_MS = 10;
/** Some seconds of work even on a slow disk; beyond that a caller had better hear that it must wait. */
const MAX_WAITING = 20_000;
/** Reads that take many turns and hold a whole answer in memory. */
const LONG_READS = 16;

/**
 * A store in a folder of this machine, for one process at a time.
 *
 * A commit counts, and listeners and the promise hear of it, once it is flushed to the disk: it survives `kill -9` and,
 * as far as the disk keeps its word, a loss of power. Commits under way at once share a flush.
 * A write reads and writes a number of records that does not depend on how much the project holds; long reads see one
 * moment, whatever is written meanwhile, and let others have their turn every few milliseconds.
 * Entities, answers, registers and events are kept as JSON.
 *
 * @param folder made if it is missing.
 * @throws StoreOpenError
 */
export async function openLmdbStore(folder: string, options: LmdbStoreOptions = {}): Promise<LmdbStore> {
  const { createEpoch = randomUUID, now = Date.now, onError = surfaceError } = options;
  const retention = resolveRetention(options.retention);
  const environment = await openEnvironment(folder);
  const db = createDatabase(environment.tree);
  const writer = createWriter(environment.tree, db, {
    sliceMs: SLICE_MS,
    maxWaiting: MAX_WAITING,
    upkeep: () => sweepAnswers(db, retention, now()),
  });
  const turns = createTurns(LONG_READS);
  const snapshots = createSharedReads<StoreSnapshot>();
  const feed = createCommitFeed(onError);
  let closing: Promise<void> | undefined;

  /** The part of a transaction that may throw: everything is read, judged and gathered. */
  function decideIn<T>(set: WriteSet, projectId: string, decide: (view: View) => Decision<T>): Outcome<T> {
    const known = readHead(db, projectId);
    const head = known ?? startLife(db, set, createEpoch());
    const view = createView(db, projectId, head, retention, now);
    const decision = decide(view);
    checkDecision(projectId, view.head, decision);
    const commit = commitOf(projectId, view.head, decision);
    planCommit({ db, set, projectId, head, isNew: known === undefined, view, retention }, decision);
    if (decision.answer !== undefined) addAnswer(db, set, projectId, decision.answer, retention, now());
    return { result: decision.result, head, commit, cleared: decision.clear !== undefined };
  }

  async function transact<T>(projectId: string, decide: (view: View) => Decision<T>): Promise<T> {
    const { result } = await writer.write((set) => decideIn(set, projectId, decide), settle);
    return result;
  }

  function settle({ commit, cleared }: Outcome<unknown>): void {
    if (commit !== undefined) {
      feed.add(commit);
      feed.flush();
    }
    if (cleared) removeLives();
  }

  /** One step at a time, so that transactions get in between. What is left when the store closes waits on disk. */
  function removeLives(): void {
    writer
      .write(
        (set) => emptyTrash(db, set),
        (more) => more && closing === undefined && removeLives(),
      )
      .catch((error: unknown) => {
        if (closing === undefined) onError(error);
      });
  }

  async function headOf(projectId: string): Promise<Head> {
    const known = readHead(db, projectId);
    if (known !== undefined) return known;
    const { head } = await writer.write(
      (set) => decideIn(set, projectId, () => ({ result: undefined })),
      settle,
    );
    return head;
  }

  async function reading<T>(read: () => T | Promise<T>): Promise<T> {
    if (closing !== undefined) throw new StoreUnavailable("the store is closed");
    return read();
  }

  /** Reads that may be long, of one moment. */
  function longRead<T>(projectId: string, read: (reader: FrozenRead, head: Head) => Promise<T>): Promise<T> {
    return reading(() =>
      turns.run(async () => {
        await headOf(projectId);
        return readFrozen(db, async (reader) => {
          const head = readHead(reader, projectId);
          if (head === undefined) throw new StoreUnavailable(`project ${projectId} was not kept`);
          return read(reader, head);
        });
      }),
    );
  }

  async function close(): Promise<void> {
    await writer.drain();
    await turns.idle();
    await environment.close();
  }

  removeLives();
  return {
    transact,
    head: (projectId) => reading(async () => positionOf(await headOf(projectId))),
    entity: (projectId, collection, id) =>
      reading(() => {
        const head = readHead(db, projectId);
        return head === undefined ? undefined : db.get(keys.entity(head.life, collection, id));
      }),
    list: (projectId, collection) => longRead(projectId, (reader, head) => listOf(reader, head, collection)),
    register: (projectId, name) =>
      reading(() => {
        const head = readHead(db, projectId);
        return head === undefined ? undefined : db.get(keys.register(head.life, name));
      }),
    projects: () => reading(() => turns.run(() => readFrozen(db, projectsOf))),
    projectOfSession: (sessionId) => reading(() => projectOfSession(db, sessionId)),
    snapshot: (projectId) =>
      reading(async () => {
        const { life, seq, registered } = await headOf(projectId);
        // The read under way began at this state or a later one, so it holds all that whoever joins it was told of.
        return snapshots.read(`${life} ${seq} ${registered}`, () => longRead(projectId, snapshotOf));
      }),
    page: (projectId, after, limit) =>
      longRead(projectId, (reader, head) => pageOf(reader, head, after, limit)),
    delta: (projectId, since) =>
      reading(() =>
        turns.run(() =>
          readFrozen(db, async (reader) => {
            const head = readHead(reader, projectId);
            return head === undefined ? undefined : deltaOf(reader, head, since);
          }),
        ),
      ),
    onCommit: (listener) => feed.subscribe(listener),
    ready: () => closing === undefined,
    close() {
      closing ??= close();
      return closing;
    },
    stats: db.stats,
  };
}

interface Outcome<T> {
  readonly result: T;
  readonly head: Head;
  readonly commit: Commit | undefined;
  readonly cleared: boolean;
}
