import { isServerField } from "../../../server/core/state/fields.ts";
import type { Kinds } from "../../../server/core/state/kinds.ts";
import type { Operation } from "../../../server/core/state/operation.ts";
import { changesIn } from "../../protocol/changes-in.ts";
import type { CollectionChanges, Entity, Patch } from "../../protocol/index.ts";
import { at } from "../suite/read.ts";

/** Entities of a recording, as anything: it comes from a file. */
type Fields = Readonly<Record<string, unknown>>;

export interface ProjectWriterDeps {
  readonly kinds: Kinds;
  entities(collection: string): readonly Entity[];
  change(operation: Operation): void;
}

/** Brings one project of a mock to what a recorded server said of it. */
export interface ProjectWriter {
  /** Carries out the change behind a domain event; `false` for events that the server derives or that change nothing. */
  event(name: string, envelope: unknown): boolean;
  /** What an answer of `state:sync` says. */
  state(answer: unknown): void;
}

/** In an order in which each finds what it refers to. */
const LISTS = ["sessions", "teamMembers", "tasks", "mail"];

export function createProjectWriter({ kinds, entities, change }: ProjectWriterDeps): ProjectWriter {
  const find = (collection: string, id: string) => entities(collection).find((entity) => entity.id === id);

  function put(collection: string, entity: unknown): void {
    const fields = fieldsOf(entity);
    const id = String(fields["id"]);
    const before = find(collection, id);
    if (before === undefined) change({ op: "create", collection, id, value: fields });
    else {
      const gone = Object.keys(before).filter((name) => !Object.hasOwn(fields, name));
      set(collection, id, fields, gone);
    }
    if (collection === "tasks") claim(id, fields["claimedBy"]);
  }

  function set(collection: string, id: string, fields: Fields, gone: readonly string[]): void {
    const isOurs = (name: string): boolean => !isServerField(name) && name !== "claimedBy";
    const patches: Patch[] = [
      // Values of JSON, since they came by a wire.
      ...Object.entries(fields)
        .filter(([name]) => isOurs(name))
        .map(([name, value]) => ({ op: "add", path: [name], value }) as Patch),
      ...gone.filter(isOurs).map((name): Patch => ({ op: "remove", path: [name] })),
    ];
    if (patches.length > 0) change({ op: "update", collection, id, patches });
  }

  function claim(id: string, wanted: unknown): void {
    const now = find("tasks", id)?.["claimedBy"];
    if (now === wanted) return;
    const target = { collection: "tasks", id };
    if (now !== undefined) change({ op: "release", ...target });
    if (typeof wanted === "string") change({ op: "claim", ...target, value: { sessionId: wanted } });
  }

  function patch(collection: string, changed: unknown): void {
    const id = String(at(changed, "id"));
    const fields = fieldsOf(at(changed, "set"));
    const gone = listOf(at(changed, "unset")).map(String);
    set(collection, id, fields, gone);
    if (collection === "tasks" && ("claimedBy" in fields || gone.includes("claimedBy")))
      claim(id, fields["claimedBy"]);
  }

  function remove(collection: string, id: string): void {
    if (find(collection, id) !== undefined) change({ op: "remove", collection, id });
  }

  function snapshot(answer: unknown): void {
    const isWhole = at(answer, "page") === undefined;
    const project = at(answer, "project");
    if (typeof project === "object" && project !== null) put("projects", project);
    const declared = Object.entries(fieldsOf(at(answer, "collections")));
    const lists = [...LISTS.map((name) => [name, at(answer, name)] as const), ...declared];
    for (const [collection, list] of lists) {
      const wanted = listOf(list);
      for (const entity of wanted) put(collection, entity);
      if (!isWhole) continue;
      const ids = new Set(wanted.map((entity) => at(entity, "id")));
      for (const { id } of [...entities(collection)]) if (!ids.has(id)) remove(collection, id);
    }
  }

  return {
    event(name, envelope) {
      const kind = [...kinds.values()].find(({ created, updated, deleted }) =>
        [created, updated, deleted].includes(name),
      );
      if (kind === undefined) return false;
      const { collection } = kind;
      const [data, changed] = [at(envelope, "data"), at(envelope, "change")];
      if (name === kind.deleted) remove(collection, String(at(data, "id")));
      else if (changed !== undefined) patch(collection, changed);
      else put(collection, data);
      return true;
    },
    state(answer) {
      if (at(answer, "mode") === "snapshot") return snapshot(answer);
      for (const [collection, changes] of Object.entries(fieldsOf(at(answer, "changes")))) {
        for (const entity of listOf(at(changes, "upserted"))) put(collection, entity);
        // A recording is what a server said: its changes have the shape of the protocol.
        for (const changed of changesIn(
          fieldsOf(changes) as Partial<CollectionChanges> as CollectionChanges,
        )) {
          patch(collection, changed);
        }
        for (const id of listOf(at(changes, "removed"))) remove(collection, String(id));
      }
    },
  };
}

function fieldsOf(value: unknown): Fields {
  // What is no object has no fields.
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
