import type { Entity, Position } from "../../../sdk/protocol/index.ts";
import type { Commit, CommittedEvent, Notice } from "../store.ts";
import type { Standing } from "./standing.ts";

/** What one commit tells all nodes: what their listeners hear, and what is not any more as they may know it. */
export interface FeedMessage {
  /** Names the batch among those of all nodes. */
  readonly batch: string;
  /** Where the project stands after it. */
  readonly standing: Standing;
  /** Counts of the collections that changed. */
  readonly counts: Readonly<Record<string, number>>;
  readonly commits: readonly Commit[];
  /** Each entity once, as it is after the batch. */
  readonly writes: readonly FeedWrite[];
  readonly registers: readonly (readonly [name: string, value: unknown])[];
  /** Sessions whose claims changed. */
  readonly claims: readonly string[];
  /** Names of those who were answered. */
  readonly owners: readonly string[];
  readonly isCleared: boolean;
}

export interface FeedWrite {
  readonly collection: string;
  readonly id: string;
  readonly entity: Entity | undefined;
}

/** The same as text, with what is already text put in as it is. */
export interface MessageParts {
  readonly commits: readonly CommitText[];
  readonly writes: readonly WriteText[];
}

export interface CommitText {
  readonly position: Position;
  readonly events: readonly string[];
  readonly notices: string;
  readonly reset: Position | undefined;
}

/** An entity that one of the events holds is told by its place: commit, event. */
export interface WriteText {
  readonly collection: string;
  readonly id: string;
  readonly entity: string | readonly [commit: number, event: number] | undefined;
}

interface Wire {
  readonly b: string;
  readonly s: Standing;
  readonly n: Readonly<Record<string, number>>;
  readonly c: readonly WireCommit[];
  readonly w: readonly (readonly [string, string, (Entity | readonly [number, number])?])[];
  /** A register without a value was removed. */
  readonly r: readonly (readonly [string, unknown?])[];
  readonly k: readonly string[];
  readonly o: readonly string[];
  readonly x?: 1;
}

interface WireCommit {
  readonly p: Position;
  readonly e: readonly CommittedEvent[];
  readonly n: readonly Notice[];
  readonly r?: Position;
}

type Told = Omit<FeedMessage, "commits" | "writes">;

export function writeMessage(told: Told, { commits, writes }: MessageParts): string {
  const { batch, standing, counts, registers, claims, owners, isCleared } = told;
  const entities = writes.map(({ collection, id, entity }) => {
    const name = `${JSON.stringify(collection)},${JSON.stringify(id)}`;
    if (entity === undefined) return `[${name}]`;
    return `[${name},${typeof entity === "string" ? entity : JSON.stringify(entity)}]`;
  });
  const values = registers.map(([name, value]) => (value === undefined ? [name] : [name, value]));
  const { life, rev, ...place } = standing;
  const s = { life, rev, ...place };
  const rest = { b: batch, s, n: counts, r: values, k: claims, o: owners, ...(isCleared && { x: 1 }) };
  const head = JSON.stringify(rest).slice(0, -1);
  return `${head},"c":[${commits.map(commitJson).join(",")}],"w":[${entities.join(",")}]}`;
}

function commitJson({ position, events, notices, reset }: CommitText): string {
  const end = reset === undefined ? "" : `,"r":${JSON.stringify(reset)}`;
  return `{"p":${JSON.stringify(position)},"e":[${events.join(",")}],"n":${notices}${end}}`;
}

export function readMessage(projectId: string, text: string): FeedMessage {
  // Only `writeMessage` makes these texts.
  const { b, s, n, c, w, r, k, o, x } = JSON.parse(text) as Wire;
  return {
    batch: b,
    standing: s,
    counts: n,
    commits: c.map((commit) => readCommit(projectId, commit)),
    writes: w.map(([collection, id, at]) => ({ collection, id, entity: entityAt(c, at) })),
    registers: r.map(([name, value]) => [name, value]),
    claims: k,
    owners: o,
    isCleared: x === 1,
  };
}

function readCommit(projectId: string, { p, e, n, r }: WireCommit): Commit {
  return {
    projectId,
    epoch: p.epoch,
    seq: p.seq,
    events: e,
    notices: n,
    ...(r !== undefined && { reset: r }),
  };
}

function entityAt(
  commits: readonly WireCommit[],
  at: Entity | readonly [number, number] | undefined,
): Entity | undefined {
  if (!isPlace(at)) return at;
  // Places are written for events whose data is the entity.
  return commits[at[0]]?.e[at[1]]?.envelope.data as Entity | undefined;
}

function isPlace(at: unknown): at is readonly [number, number] {
  return Array.isArray(at);
}

/** How every message begins: enough to tell whether it is news. */
export interface MessageHead {
  readonly batch: string;
  readonly life: string;
  readonly rev: number;
}

const HEAD = /^\{"b":"([^"]*)","s":\{"life":"([^"]*)","rev":(\d+)/;

export function readHead(text: string): MessageHead {
  const [, batch = "", life = "", rev = "0"] = HEAD.exec(text) ?? [];
  return { batch, life, rev: Number(rev) };
}

/** What readers of a project hear though they did not join it, for nodes that do not follow it. */
export interface WideMessage {
  readonly projectId: string;
  readonly life: string;
  readonly rev: number;
  readonly commits: readonly Commit[];
}

export function writeWide(
  projectId: string,
  { life, rev }: Standing,
  commits: readonly CommitText[],
): string {
  const head = JSON.stringify({ projectId, life, rev }).slice(0, -1);
  return `${head},"c":[${commits.map(commitJson).join(",")}]}`;
}

export function readWide(text: string): WideMessage {
  // Only `writeWide` makes these texts.
  const { c, ...wide } = JSON.parse(text) as Omit<WideMessage, "commits"> & { c: readonly WireCommit[] };
  return { ...wide, commits: c.map((commit) => readCommit(wide.projectId, commit)) };
}
