import { randomUUID } from "node:crypto";
import type { Entity, Position } from "../../sdk/protocol/index.ts";
import { createCommitFeed, surfaceError } from "./commit-feed.ts";
import { addressOf } from "./redis/address.ts";
import type { Cell } from "./redis/cell.ts";
import { deltaOf, readChangesSince } from "./redis/changes-since.ts";
import { type CreateClient, createClient, settingsOf } from "./redis/connection.ts";
import { readPage } from "./redis/entity-page.ts";
import { createKeys, projectPrefix } from "./redis/keys.ts";
import { askOrKnow, given, type Known } from "./redis/known.ts";
import { createLink, type LinkStats } from "./redis/link.ts";
import { listsOf } from "./redis/lists-of.ts";
import { createLru } from "./redis/lru.ts";
import { isPlain } from "./redis/name-of.ts";
import type { Project } from "./redis/project.ts";
import { createProjects } from "./redis/projects.ts";
import { HEAD, PLACE } from "./redis/read-scripts.ts";
import { checkServer, connectFirst, opening } from "./redis/server-check.ts";
import { createStamps } from "./redis/stamps.ts";
import { positionOf, standingOf } from "./redis/standing.ts";
import { createSubscriber } from "./redis/subscriber.ts";
import { sweepSessions } from "./redis/sweep.ts";
import { readWhole } from "./redis/whole-read.ts";
import { resolveRetention } from "./retention.ts";
import {
  type Decision,
  type Retention,
  type Store,
  type StoreDelta,
  type StoreSnapshot,
  StoreUnavailable,
  type View,
} from "./store.ts";

export interface RedisStoreOptions {
  /** Names the epoch of a project never seen before; default: a random UUID. */
  readonly createEpoch?: () => string;
  readonly retention?: Partial<Retention>;
  /** Epoch milliseconds, on the clock of `Answer.at`; default `Date.now`. */
  readonly now?: () => number;
  /** From 0 to below 1, for waits; default `Math.random`. */
  readonly random?: () => number;
  /** Told what a listener of `onCommit` throws; default: an unhandled rejection. */
  readonly onError?: (error: unknown) => void;
  /** How long a server is waited for that does not answer yet, in milliseconds; default 5,000. */
  readonly connectMs?: number;
  /** How long an answer is waited for before Redis counts as away, in milliseconds; default 2,000. */
  readonly answerMs?: number;
  /** How often it is looked whether a message was lost in silence, in milliseconds; default 3,000. */
  readonly auditMs?: number;
  /** Begins the names of all keys and channels; default `holdfast`. */
  readonly prefix?: string;
  /** Memory for what decisions read, in bytes, roughly; default 64 MiB. */
  readonly cacheBytes?: number;
  /** Commits kept a project for nodes that missed them, in bytes: at least this much, at most twice; default 1 MiB. */
  readonly logBytes?: number;
  /** Makes a client of ioredis from the settings given; default `new Redis(settings)`. */
  readonly createClient?: CreateClient;
}

export interface RedisStore extends Store {
  follow(projectId?: string): () => void;
  /** Since opening. */
  readonly stats: LinkStats;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 2_000;
const AUDIT_MS = 3_000;
const CACHE_BYTES = 64 * 1024 * 1024;
const LOG_BYTES = 1024 * 1024;
/** Some seconds of work; beyond that a caller had better hear that it must wait. */
const MAX_WAITING = 20_000;

/**
 * A store in Redis, for any number of nodes at once.
 *
 * Decisions run in the node, on what it knows of the project; one script applies a batch of them if nothing came first,
 * and publishes it. Otherwise they run again on what is there now. A commit counts once Redis has answered: what Redis
 * loses with its own memory is lost, and then the project has a new epoch.
 * Every node tells the commits of all nodes in their order, each once: from messages, and from the log where one is missing.
 * While Redis is away transactions reject with StoreUnavailable, and so do reads of what is not known here: of a project
 * that is followed where it stands, who missed nothing, and what was read or decided on lately. All resumes by itself.
 *
 * @param url `redis://` or `rediss://`, with user, password, host, port and number of the database
 * @throws StoreOpenError for a server that is not there, too old, a cluster, a replica, or set to forget
 */
export async function openRedisStore(url: string, options: RedisStoreOptions = {}): Promise<RedisStore> {
  const { createEpoch = randomUUID, now = Date.now, random = Math.random, onError = surfaceError } = options;
  const { prefix = "holdfast", logBytes = LOG_BYTES, cacheBytes = CACHE_BYTES } = options;
  const { connectMs = CONNECT_MS, answerMs = ANSWER_MS, auditMs = AUDIT_MS } = options;
  const make = options.createClient ?? createClient;
  const retention = resolveRetention(options.retention);
  const address = addressOf(url);
  const keys = createKeys(prefix, address.db);
  const node = randomUUID();
  const createStamp = createStamps(node);

  const commands = make(settingsOf(address, "holdfast", answerMs, random));
  const messages = make(settingsOf(address, "holdfast-feed", answerMs, random));
  // What they cannot do is told to whoever asked for it.
  for (const client of [commands, messages]) client.on("error", () => undefined);
  const { link, gone } = await opening(address, [commands, messages], async () => {
    await connectFirst(commands, address, connectMs);
    await checkServer(commands, address, keys.format);
    await connectFirst(messages, address, connectMs);
    const made = createLink(commands, keys.fence);
    return { link: made, gone: await made.command((client) => client.smembers(keys.gone)) };
  });
  const feed = createCommitFeed(onError);
  const snapshots = new Map<string, Promise<StoreSnapshot>>();
  const reading = new Set<Promise<unknown>>();
  let waiting = 0;
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;

  const projects = createProjects({
    ...{ link, keys, prefix, retention, now, random, feed, createEpoch, createStamp, node, logBytes },
    cells: createLru<Cell>(cacheBytes),
    subscriber: () => subscriber,
    onCleared: sweep,
  });
  const subscriber = createSubscriber({
    client: messages,
    onMessage(channel, text) {
      try {
        projects.onMessage(channel, text);
      } catch (error) {
        onError(error);
      }
    },
    onSubscribed: projects.onSubscribed,
  });
  subscriber.add(keys.wideChannel);
  link.onUp(projects.catchUpAll);
  const audits = setInterval(() => {
    if (link.isUp()) projects.audit().catch(() => undefined);
    void subscriber.check();
  }, auditMs);
  audits.unref();

  function sweep(place: string): void {
    // What was not swept is found by the next store that opens.
    sweepSessions(link, keys, place, isClosing).catch(() => undefined);
  }
  for (const place of gone) sweep(place);

  function read<T>(action: () => Promise<T>): Promise<T> {
    if (isClosing()) return Promise.reject(new StoreUnavailable("the store is closed"));
    const result = action();
    reading.add(result);
    const done = (): void => void reading.delete(result);
    result.then(done, done);
    return result;
  }

  function readProject<T>(projectId: string, action: (project: Project) => Promise<T>): Promise<T> {
    return read(() =>
      projects.read(projectId, async (project) => {
        await project.started();
        return action(project);
      }),
    );
  }

  function readHead(projectId: string): Promise<Position> {
    return readProject(projectId, async (project) => {
      const { meta, counts } = keys.of(projectId);
      const [, found] = await project.ask(HEAD, [meta, counts], [1]);
      const standing = standingOf(found);
      project.saw(standing.life);
      return positionOf(standing);
    });
  }

  function readDelta(projectId: string, since: Position): Promise<StoreDelta | undefined> {
    return read(() =>
      projects.read(projectId, async (project) => {
        if ((await project.started(false)) === undefined) return undefined;
        const changes = await readChangesSince(project, keys, since);
        return changes === undefined ? undefined : deltaOf(since.seq, changes);
      }),
    );
  }

  async function snapshot(project: Project): Promise<StoreSnapshot> {
    const { position, entities, registers } = await readWhole(project, keys);
    return { position, entities: listsOf(entities), registers };
  }

  /** One read for all who ask at once. It began at what was told by then or later: who joins it misses nothing. */
  function sharedSnapshot(project: Project): Promise<StoreSnapshot> {
    const { life, rev } = project.replica?.standing ?? { life: "", rev: 0 };
    const key = `${project.id} ${life} ${rev}`;
    const known = snapshots.get(key);
    if (known !== undefined) return known;
    const result = snapshot(project);
    snapshots.set(key, result);
    const done = (): void => void snapshots.delete(key);
    result.then(done, done);
    return result;
  }

  function transact<T>(projectId: string, decide: (view: View) => Decision<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (isClosing()) throw new StoreUnavailable("the store is closed");
      if (waiting >= MAX_WAITING) throw new StoreUnavailable("too many transactions are waiting");
      waiting += 1;
      projects.lane(projectId).push({
        decide,
        done(result) {
          waiting -= 1;
          // It is what this `decide` returned.
          resolve(result as T);
        },
        failed(error) {
          waiting -= 1;
          reject(error);
        },
      });
    });
  }

  const known = (projectId: string): Known | undefined =>
    isClosing() ? undefined : projects.known(projectId);

  async function hget<T>(key: string, field: string): Promise<T | undefined> {
    const json = await link.command((client) => client.hget(key, field));
    // What is kept under a key is what was put there for it.
    return json === null ? undefined : (JSON.parse(json) as T);
  }

  async function close(): Promise<void> {
    await projects.idle();
    await Promise.allSettled(reading);
    clearInterval(audits);
    subscriber.close();
    link.close();
  }

  return {
    transact,
    head: (projectId) =>
      askOrKnow(
        link,
        () => readHead(projectId),
        () => given(known(projectId)?.position),
      ),
    entity: (projectId, collection, id) =>
      askOrKnow(
        link,
        () => read(() => hget<Entity>(keys.of(projectId).entities, `${collection} ${id}`)),
        () => {
          const found = known(projectId)?.entity(collection, id);
          return found === undefined ? undefined : { value: found.entity };
        },
      ),
    list: (projectId, collection) =>
      readProject(projectId, async (project) => {
        const { position, entities } = await readWhole(project, keys, collection);
        return { items: [...entities.values()], position };
      }),
    register: (projectId, name) =>
      askOrKnow(
        link,
        () => read(() => hget(keys.of(projectId).registers, name)),
        () => known(projectId)?.register(name),
      ),
    projects: () =>
      read(async () => {
        const found = await link.command((client) => client.hvals(keys.projects));
        // JSON that a commit of ours wrote.
        return found.map((json) => JSON.parse(json) as Entity);
      }),
    projectOfSession: (sessionId) =>
      read(async () => {
        if (!isPlain(sessionId)) return undefined;
        const found = String(await link.ask(PLACE, [keys.sessions], [projectPrefix(prefix), sessionId]));
        return found === "" ? undefined : found;
      }),
    snapshot: (projectId) => readProject(projectId, sharedSnapshot),
    page: (projectId, after, limit) =>
      readProject(projectId, (project) => readPage(project, keys, after, limit)),
    delta: (projectId, since) =>
      askOrKnow(
        link,
        () => readDelta(projectId, since),
        () => given(known(projectId)?.delta(since)),
      ),
    onCommit: (listener) => feed.subscribe(listener),
    follow: projects.follow,
    ready: () => link.isUp() && !isClosing(),
    close() {
      closing ??= close();
      return closing;
    },
    stats: link.stats,
  };
}
