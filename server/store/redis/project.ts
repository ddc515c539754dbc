import type { CommitFeed } from "../commit-feed.ts";
import type { Commit } from "../store.ts";
import { bytesOf, type Cell, cellName, type OwnerCell } from "./cell.ts";
import {
  type FeedMessage,
  type MessageHead,
  readHead,
  readMessage,
  type WideMessage,
} from "./feed-message.ts";
import type { Keys } from "./keys.ts";
import type { Link } from "./link.ts";
import type { Lru } from "./lru.ts";
import { HEAD, SINCE } from "./read-scripts.ts";
import { createReplica, type Replica } from "./replica.ts";
import type { Script } from "./script.ts";
import { pairsOf, positionOf, type Standing, standingOf } from "./standing.ts";

/** Decisions on their way to Redis together: all of them are applied, or none. */
export interface Batch {
  readonly id: string;
  /** Where they were decided. */
  readonly life: string;
  readonly rev: number;
  readonly message: FeedMessage;
  readonly bytes: number;
  /** What is known of those who were answered; asked once, when it was applied. */
  readonly owners: () => ReadonlyMap<string, OwnerCell>;
  /** Called once it is applied, after its commits were told. */
  readonly landed: () => void;
}

/**
 * One project as this node follows it: applies and tells every commit once and in order, whichever way it comes: as the
 * answer to this node's own, by message, or by a look at the log when something is missing.
 */
export interface Project {
  readonly id: string;
  readonly replica: Replica | undefined;
  /** Begins to follow at where the project stands; `undefined` when it is not there and `creates` is false. */
  started(creates?: boolean): Promise<Replica | undefined>;
  /** Where the project stood in some reply. */
  saw(life: string): void;
  /** A message of its channel. */
  accept(text: string): void;
  /** What readers hear of it who did not join; only what was told before this node began to follow is told here. */
  acceptWide(message: WideMessage): void;
  /** The batch is sent; `undefined` when it is known what became of it, or never will be. */
  expect(batch: Batch | undefined): void;
  /** The batch was applied. */
  land(batch: Batch): void;
  /** Commits that came after the replica's rev. */
  advance(texts: readonly string[]): void;
  /** Reads what was told since. */
  catchUp(): Promise<void>;
  /** Tells nothing any more. */
  stop(): void;
  /** Runs a script that begins with the prelude, with an epoch for a project that needs one. */
  ask(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]>;
}

export interface ProjectDeps {
  readonly link: Link;
  readonly keys: Keys;
  readonly cells: Lru<Cell>;
  readonly feed: CommitFeed;
  readonly createEpoch: () => string;
  readonly createStamp: () => string;
}

/** Messages that came ahead of a missing one; beyond that the log is read. */
const MOST_EARLY = 1_000;
/** Messages of one look at the log. */
const AT_ONCE = 200;
const MOST_WIDE = 100;

export function createProject(id: string, deps: ProjectDeps): Project {
  const { link, feed, createEpoch, createStamp } = deps;
  const keys = deps.keys.of(id);
  const early = new Map<number, MessageHead & { readonly text: string }>();
  let earlyWide: WideMessage[] = [];
  let replica: Replica | undefined;
  let startedAt = 0;
  let starting: Promise<Replica | undefined> | undefined;
  let expected: Batch | undefined;
  let catching: Promise<void> | undefined;
  let isBehind = false;
  let isStopped = false;

  async function ask(script: Script, names: readonly string[], args: readonly (string | number)[]) {
    const attempt = async (epoch: string) =>
      // Every script that begins with the prelude returns a table.
      (await link.ask(script, names, [epoch, createStamp(), ...args])) as readonly unknown[];
    const reply = await attempt("");
    return reply[0] === "open" ? attempt(createEpoch()) : reply;
  }

  async function look(creates: boolean): Promise<Found | undefined> {
    const reply = await ask(HEAD, [keys.meta, keys.counts], [creates ? 1 : 0]);
    return reply[0] === "none" ? undefined : foundOf(reply.slice(1));
  }

  async function start(creates: boolean): Promise<Replica | undefined> {
    const found = await look(creates);
    if (found === undefined) return undefined;
    replica = createReplica(createStamp(), found.standing, found.counts, deps.cells);
    startedAt = found.standing.rev;
    const wide = earlyWide;
    earlyWide = [];
    for (const message of wide) acceptWide(message);
    drain();
    return replica;
  }

  async function started(creates = true): Promise<Replica | undefined> {
    if (replica !== undefined) return replica;
    starting ??= start(creates).finally(() => {
      starting = undefined;
    });
    const found = await starting;
    // Whoever asked first may not have wanted it made.
    return found === undefined && creates ? started() : found;
  }

  function tell(commits: readonly Commit[]): void {
    if (isStopped) return;
    for (const commit of commits) feed.add(commit);
    feed.flush();
  }

  function acceptWide(message: WideMessage): void {
    if (replica === undefined) {
      if (earlyWide.length < MOST_WIDE) earlyWide.push(message);
    } else if (message.life === replica.standing.life && message.rev <= startedAt) {
      tell(message.commits);
    }
  }

  function land(batch: Batch): void {
    if (expected === batch) expected = undefined;
    const standing = replica?.standing;
    // Where another history has begun since, listeners were told to read everything anew, this batch included.
    if (replica !== undefined && standing?.life === batch.life && standing.rev === batch.rev) {
      const owners = batch.owners();
      replica.apply(batch.message, batch.bytes);
      const { rev } = batch.message.standing;
      for (const [owner, cell] of owners) replica.learn(cellName.owner(owner), cell, bytesOf(cell), rev);
      tell(batch.message.commits);
    }
    batch.landed();
    drain();
  }

  /** Applies the message that comes next. */
  function take(target: Replica, batch: string, text: string): void {
    if (expected?.id === batch) {
      land(expected);
      return;
    }
    const message = readMessage(id, text);
    target.apply(message, text.length);
    tell(message.commits);
  }

  /** Applies what came early and has its turn now. */
  function drain(): void {
    while (replica !== undefined && early.size > 0) {
      const { life, rev } = replica.standing;
      const next = early.get(rev + 1);
      if (next === undefined || next.life !== life) break;
      early.delete(rev + 1);
      take(replica, next.batch, next.text);
    }
    if (replica === undefined || early.size === 0) return;
    const { life, rev } = replica.standing;
    for (const [at, message] of early) if (at <= rev || message.life !== life) early.delete(at);
    // What is missing may be this node's own batch, whose answer is on its way.
    if (early.size > 0 && expected === undefined) catchUpSoon();
  }

  function accept(text: string): void {
    const head = readHead(text);
    if (replica !== undefined) {
      const { life, rev } = replica.standing;
      if (head.life === life && head.rev <= rev) return;
      if (head.life !== life) {
        // Of a history that is over, or of one that has begun unseen: the log says which.
        catchUpSoon();
        return;
      }
    }
    if (early.size >= MOST_EARLY) early.clear();
    early.set(head.rev, { ...head, text });
    drain();
  }

  function catchUpSoon(): void {
    // When Redis is away, all is looked at once it is back.
    catchUp().catch(() => undefined);
  }

  function saw(life: string): void {
    if (replica !== undefined && life !== replica.standing.life) catchUpSoon();
  }

  function catchUp(): Promise<void> {
    isBehind = true;
    catching ??= (async () => {
      try {
        while (isBehind) {
          isBehind = false;
          await catchUpOnce();
        }
      } finally {
        catching = undefined;
      }
    })();
    return catching;
  }

  async function catchUpOnce(): Promise<void> {
    if (replica === undefined) return;
    const { life, rev } = replica.standing;
    const [kind, found, ...now] = await ask(SINCE, [keys.meta, keys.log, keys.counts], [life, rev, AT_ONCE]);
    // The script returns texts here.
    const messages = found as readonly string[];
    if (kind === "lost") {
      startAnew(foundOf(now), messages);
      return;
    }
    advance(messages);
    if (messages.length === AT_ONCE) isBehind = true;
  }

  function advance(texts: readonly string[]): void {
    for (const text of texts) {
      const { batch, life, rev } = readHead(text);
      if (replica === undefined || life !== replica.standing.life) return;
      if (rev === replica.standing.rev + 1) take(replica, batch, text);
    }
    drain();
  }

  /** Nobody can tell what happened between: listeners are told to read everything anew. */
  function startAnew({ standing, counts }: Found, newest: readonly string[]): void {
    const before = replica?.standing;
    // In the meantime what was missing may have come.
    if (before === undefined || (standing.life === before.life && standing.rev <= before.rev)) return;
    replica = createReplica(createStamp(), standing, counts, deps.cells);
    early.clear();
    // Within one epoch clients notice by the gap before the newest events that they missed something.
    const last = standing.epoch === before.epoch ? newest.flatMap((text) => commitsAt(standing, text)) : [];
    const { epoch, seq } = positionOf(standing);
    const told = last.reduce((sum, { events }) => sum + events.length, 0);
    const reset: Commit = {
      ...{ projectId: id, epoch: before.epoch, seq: before.seq, events: [], notices: [] },
      ...{ reset: { epoch, seq: seq - told }, isKept: true },
    };
    tell([reset, ...last]);
  }

  function commitsAt({ rev }: Standing, text: string): readonly Commit[] {
    const message = readMessage(id, text);
    return message.standing.rev === rev && !message.isCleared ? message.commits : [];
  }

  return {
    id,
    get replica() {
      return replica;
    },
    started,
    ...{ accept, acceptWide },
    expect(batch) {
      expected = batch;
      if (batch === undefined) drain();
    },
    stop() {
      isStopped = true;
    },
    ...{ saw, land, advance, catchUp, ask },
  };
}

/** Where a project stands, with its counts. */
interface Found {
  readonly standing: Standing;
  readonly counts: ReadonlyMap<string, number>;
}

function foundOf([standing, counts]: readonly unknown[]): Found {
  return {
    standing: standingOf(standing),
    counts: new Map(pairsOf(counts).map(([collection, count]) => [collection, Number(count)])),
  };
}
