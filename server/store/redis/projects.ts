import type { CommitFeed } from "../commit-feed.ts";
import { readWide } from "./feed-message.ts";
import type { Keys } from "./keys.ts";
import { type Known, knownOf, rememberTold } from "./known.ts";
import { createLane, type Lane, type LaneDeps } from "./lane.ts";
import type { Link } from "./link.ts";
import { createProject, type Project, type ProjectDeps } from "./project.ts";
import { AUDIT } from "./read-scripts.ts";
import type { Subscriber } from "./subscriber.ts";

/** The projects that this node follows: those that somebody hears, and those that were used. */
export interface Projects {
  /** Where transactions of a project are queued; follows it. */
  lane(projectId: string): Lane;
  /** Reads a project; follows it from before the read on, unless it turns out not to be there. */
  read<T>(projectId: string, action: (project: Project) => Promise<T>): Promise<T>;
  follow(projectId: string | undefined): () => void;
  /** What is known of a project without asking Redis. */
  known(projectId: string): Known | undefined;
  onMessage(channel: string, text: string): void;
  onSubscribed(channels: readonly string[]): void;
  /** Looks whether something was missed in silence, a part of the projects at a time; lets go what nobody needs. */
  audit(): Promise<void>;
  /** Looks at all at once. */
  catchUpAll(): void;
  /** Resolves when no transaction is under way. */
  idle(): Promise<void>;
}

export interface ProjectsDeps extends ProjectDeps, Omit<LaneDeps, "project" | "projectId" | "link" | "keys"> {
  readonly link: Link;
  readonly keys: Keys;
  readonly feed: CommitFeed;
  readonly subscriber: () => Subscriber;
}

interface Entry {
  readonly project: Project;
  readonly lane: Lane;
  readonly channel: string;
  followers: number;
  readers: number;
  usedAt: number;
}

/** Followed without anyone's asking; those used longest ago go first. */
const MOST_TRACKED = 10_000;
/** How long a project is followed after its last use, in milliseconds, where callers say what they hear. */
const LINGER_MS = 60_000;
/** Projects looked at by one audit. */
const AUDITED = 1_000;
const KEYS_AT_ONCE = 200;

export function createProjects(deps: ProjectsDeps): Projects {
  const { keys, feed, link } = deps;
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();
  const byChannel = new Map<string, Entry>();
  let audits: string[] = [];
  /** Callers say what they hear; before they ever did, all that was used is heard. */
  let isTold = false;
  let wideFollowers = 0;

  function track(projectId: string): Entry {
    const known = entries.get(projectId);
    if (known !== undefined) {
      entries.delete(projectId);
      entries.set(projectId, known);
      known.usedAt = performance.now();
      return known;
    }
    const project = createProject(projectId, deps);
    const lane = createLane({ ...deps, project, projectId });
    const { channel } = keys.of(projectId);
    const entry: Entry = { project, lane, channel, followers: 0, readers: 0, usedAt: performance.now() };
    entries.set(projectId, entry);
    byChannel.set(channel, entry);
    deps.subscriber().add(channel);
    if (entries.size > MOST_TRACKED) letGo();
    return entry;
  }

  function untrack(projectId: string, entry: Entry): void {
    entries.delete(projectId);
    byChannel.delete(entry.channel);
    deps.subscriber().remove(entry.channel);
    entry.project.stop();
  }

  /** Follows it from where it stands, or from where it was left. */
  async function begin({ project }: Entry): Promise<void> {
    if (project.replica === undefined) await project.started();
    else await project.catchUp();
    await rememberTold(project, keys, deps.prefix, deps.createStamp);
  }

  function isNeeded({ followers, readers, lane }: Entry): boolean {
    return followers > 0 || readers > 0 || !lane.isIdle;
  }

  function letGo(): void {
    const now = performance.now();
    for (const [projectId, entry] of entries) {
      const isOver = entries.size > MOST_TRACKED || (isTold && entry.usedAt + LINGER_MS < now);
      if (!isOver) return;
      if (!isNeeded(entry)) untrack(projectId, entry);
    }
  }

  function hearAll(by: number): void {
    wideFollowers += by;
    const isHeard = !isTold || wideFollowers > 0;
    if (isHeard) deps.subscriber().add(keys.wideChannel);
    else deps.subscriber().remove(keys.wideChannel);
  }

  async function auditSome(): Promise<void> {
    if (audits.length === 0) audits = [...entries.keys()];
    const some = audits.splice(0, AUDITED).flatMap((projectId) => entries.get(projectId)?.project ?? []);
    for (let at = 0; at < some.length; at += KEYS_AT_ONCE) {
      const projects = some.slice(at, at + KEYS_AT_ONCE);
      const names = projects.map(({ id }) => keys.of(id).meta);
      // As the script says: life and rev of each.
      const found = (await link.ask(AUDIT, names, [])) as readonly (readonly [
        string | null,
        string | null,
      ])[];
      for (const [index, project] of projects.entries()) {
        const [life, rev] = found[index] ?? [];
        const standing = project.replica?.standing;
        if (standing === undefined || (standing.life === life && standing.rev >= Number(rev))) continue;
        project.catchUp().catch(() => undefined);
      }
    }
  }

  return {
    lane: (projectId) => track(projectId).lane,
    async read(projectId, action) {
      const entry = track(projectId);
      entry.readers += 1;
      try {
        return await action(entry.project);
      } finally {
        entry.readers -= 1;
        if (entry.project.replica === undefined && !isNeeded(entry)) untrack(projectId, entry);
      }
    },
    known(projectId) {
      const entry = entries.get(projectId);
      return entry === undefined ? undefined : knownOf(entry.project);
    },
    follow(projectId) {
      isTold = true;
      let isOver = false;
      if (projectId === undefined) {
        hearAll(1);
        return () => {
          if (!isOver) hearAll(-1);
          isOver = true;
        };
      }
      hearAll(0);
      const entry = track(projectId);
      entry.followers += 1;
      // When Redis is away, it begins with the next use, or when it is back.
      begin(entry).catch(() => undefined);
      return () => {
        if (!isOver) entry.followers -= 1;
        isOver = true;
      };
    },
    onMessage(channel, text) {
      if (channel !== keys.wideChannel) {
        byChannel.get(channel)?.project.accept(text);
        return;
      }
      const message = readWide(text);
      const followed = entries.get(message.projectId);
      if (followed !== undefined) {
        followed.project.acceptWide(message);
        return;
      }
      for (const commit of message.commits) feed.add(commit);
      feed.flush();
    },
    onSubscribed(channels) {
      for (const channel of channels)
        byChannel
          .get(channel)
          ?.project.catchUp()
          .catch(() => undefined);
    },
    async audit() {
      letGo();
      await auditSome();
    },
    catchUpAll() {
      for (const entry of entries.values()) {
        const look = entry.followers > 0 ? begin(entry) : entry.project.catchUp();
        look.catch(() => undefined);
      }
    },
    async idle() {
      await Promise.all(Array.from(entries.values(), ({ lane }) => lane.idle()));
    },
  };
}
