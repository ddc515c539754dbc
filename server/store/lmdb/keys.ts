import { createHash } from "node:crypto";

/** Compared part by part, numbers as numbers and before texts. */
export type Key = (string | number)[];

/**
 * Where everything stands in the one ordered tree.
 *
 * A life of a project (from one epoch to the next) has a number, and all its records begin with it: they lie together,
 * a commit touches few pages, and starting anew is taking another number. Number 0 is the store's own.
 * Names and ids are checked before they come here; what is free text is hashed by `nameOf`.
 */
export const keys = {
  format: (): Key => [0, "meta", "format"],
  owner: (): Key => [0, "meta", "owner"],
  nextLife: (): Key => [0, "meta", "nextLife"],
  head: (projectId: string): Key => [0, "head", projectId],
  heads: (): Key => [0, "head"],
  session: (sessionId: string): Key => [0, "session", sessionId],
  trash: (life: number): Key => [0, "trash", life],
  trashed: (): Key => [0, "trash"],
  talker: (projectId: string, owner: string): Key => [0, "talker", projectId, owner],
  answer: (projectId: string, owner: string, key: string): Key => [0, "answer", projectId, owner, key],
  /** In the order in which they were given, numbered and keyed ones apart. */
  given: (projectId: string, owner: string, kind: AnswerKind): Key => [0, "given", projectId, owner, kind],
  givenAt: (projectId: string, owner: string, kind: AnswerKind, place: number): Key => [
    ...keys.given(projectId, owner, kind),
    place,
  ],
  due: (at: number, projectId: string, owner: string): Key => [0, "due", at, projectId, owner],
  dues: (): Key => [0, "due"],

  life: (life: number): Key => [life],
  entity: (life: number, collection: string, id: string): Key => [life, "entity", collection, id],
  entities: (life: number): Key => [life, "entity"],
  collection: (life: number, collection: string): Key => [life, "entity", collection],
  /** Live entities by their last change. */
  changed: (life: number, seq: number, collection: string, id: string): Key => [
    life,
    "changed",
    seq,
    collection,
    id,
  ],
  changes: (life: number): Key => [life, "changed"],
  /** Below the first entity changed at `seq` or later. */
  changesFrom: (life: number, seq: number): Key => [life, "changed", seq],
  age: (life: number, collection: string, createdAt: number, seq: number, id: string): Key => [
    life,
    "age",
    collection,
    createdAt,
    seq,
    id,
  ],
  ages: (life: number, collection: string): Key => [life, "age", collection],
  claim: (life: number, sessionId: string, taskId: string): Key => [life, "claim", sessionId, taskId],
  claims: (life: number, sessionId: string): Key => [life, "claim", sessionId],
  register: (life: number, name: string): Key => [life, "register", name],
  registers: (life: number): Key => [life, "register"],
  /** What is kept by seq within a bound; `place` tells several of one seq apart. */
  logged: (life: number, log: LogName, seq: number, place: number): Key => [life, log, seq, place],
  log: (life: number, log: LogName): Key => [life, log],
};

export type AnswerKind = "numbered" | "keyed";
export type LogName = "removal" | "change" | "event" | "eventSeq";

const PLAIN = /^[\x20-\x7e]{1,200}$/;

/** Whether a text can stand in a key as it is: nothing that the order of keys gives a meaning, and not too long. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** A text that can: itself, or its hash behind a mark that no plain text begins with. */
export function nameOf(text: string): string {
  if (isPlain(text) && !text.startsWith("#")) return text;
  return `#${createHash("sha256").update(text).digest("base64url")}`;
}
