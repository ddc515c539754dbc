import { bytesOf, type Cell, cellName, entityName, NAME_BYTES, NAMES_KNOWN, type OwnerCell } from "./cell.ts";
import { type Keys, type ProjectKeys, projectPrefix } from "./keys.ts";
import { createOperations } from "./operations.ts";
import type { Project } from "./project.ts";
import { LOAD } from "./read-scripts.ts";

/** What was asked for, as it was at one rev of one life. */
export interface Found {
  readonly life: string;
  readonly rev: number;
  readonly cells: readonly FoundCell[];
}

export interface FoundCell {
  readonly name: string;
  readonly cell: Cell;
  readonly bytes: number;
}

/** One thing to look up: how to ask for it, and what the answer means. */
interface Request {
  readonly kind: "get" | "claims" | "oldest" | "owner" | "place";
  readonly key: string;
  /** A key that must come right after. */
  readonly nextKey?: string;
  readonly argument: string;
  read(value: unknown, stamp: string): readonly FoundCell[];
}

/** Looks up cells by name, in one script. */
export async function lookUp(
  project: Project,
  keys: Keys,
  prefix: string,
  names: readonly string[],
  createStamp: () => string,
): Promise<Found> {
  const own = keys.of(project.id);
  const requests = names.map((name) => requestOf(name, keys, own));
  const { keys: all, key } = createOperations([own.meta, own.entities, keys.sessions]);
  const args = requests.flatMap(({ kind, key: name, nextKey, argument }) => {
    const number = key(name);
    if (nextKey !== undefined) key(nextKey);
    return [kind, number, argument];
  });
  const reply = await project.ask(LOAD, all, [projectPrefix(prefix), NAMES_KNOWN, ...args]);
  // As the script says.
  const [, life, rev, values] = reply as readonly [string, string, string, readonly unknown[]];
  const cells = requests.flatMap((request, at) => request.read(values[at], createStamp()));
  return { life, rev: Number(rev), cells };
}

function requestOf(name: string, keys: Keys, own: ProjectKeys): Request {
  const space = name.indexOf(" ");
  const rest = name.slice(space + 1);
  switch (name.slice(0, space)) {
    case "entity":
      return get(name, own.entities, rest, (json) => ({ kind: "entity", entity: parsed(json) }));
    case "register":
      return get(name, own.registers, rest, (json) => ({ kind: "register", value: parsed(json) }));
    case "answer": {
      const [owner = "", , key = ""] = rest.split(" ");
      const { answers } = own.owner(owner);
      return get(name, answers, key, (json) => ({ kind: "answer", answer: parsed(json) }));
    }
    case "claims":
      return {
        ...{ kind: "claims", key: own.claims, argument: rest },
        read(value) {
          // Members are `sessionId taskId`.
          const taskIds = (value as readonly string[]).map((member) => member.slice(rest.length + 1));
          return [{ name, cell: { kind: "claims", taskIds }, bytes: NAME_BYTES * taskIds.length }];
        },
      };
    case "oldest":
      return {
        ...{ kind: "oldest", key: own.ages(rest), argument: rest },
        read: (value) => readOldest(name, rest, value),
      };
    case "owner": {
      const { answers, highest } = own.owner(rest);
      return {
        ...{ kind: "owner", key: answers, nextKey: highest, argument: "" },
        read: (value, stamp) => [readOwner(name, value, stamp)],
      };
    }
    default:
      return {
        ...{ kind: "place", key: keys.sessions, argument: rest },
        read: (value) => [
          { name, cell: { kind: "place", projectId: value === "" ? undefined : String(value) }, bytes: 0 },
        ],
      };
  }
}

function get(name: string, key: string, argument: string, cellOf: (json: unknown) => Cell): Request {
  const read = (json: unknown): readonly FoundCell[] => [
    { name, cell: cellOf(json), bytes: typeof json === "string" ? json.length : 0 },
  ];
  return { kind: "get", key, argument, read };
}

function parsed<T>(json: unknown): T | undefined {
  // What is kept under a key is what was put there for it.
  return typeof json === "string" ? (JSON.parse(json) as T) : undefined;
}

function readOldest(name: string, collection: string, value: unknown): readonly FoundCell[] {
  if (!Array.isArray(value)) return [{ name, cell: { kind: "oldest", id: undefined }, bytes: 0 }];
  // A pair: `seq id` and the entity.
  const [member = "", json = ""] = value as readonly string[];
  const id = member.slice(member.indexOf(" ") + 1);
  const entity: Cell = { kind: "entity", entity: parsed(json) };
  return [
    { name, cell: { kind: "oldest", id }, bytes: id.length },
    { name: cellName.entity(entityName(collection, id)), cell: entity, bytes: json.length },
  ];
}

function readOwner(name: string, value: unknown, stamp: string): FoundCell {
  // As the script says: highest n, its time, names.
  const [n, at, names] = value as readonly [string | null, string | null, readonly string[] | null];
  const cell: OwnerCell = {
    kind: "owner",
    highest: Number(n ?? 0),
    highestAt: Number(at ?? 0),
    names: names === null ? undefined : new Set(names),
    stamp,
  };
  return { name, cell, bytes: bytesOf(cell) };
}
