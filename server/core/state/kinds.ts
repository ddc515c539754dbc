import { BUILT_IN, type CollectionDefinition, type Collections } from "../../../sdk/protocol/index.ts";

/** One collection as the server works with it. */
export interface Kind extends CollectionDefinition {
  readonly collection: string;
  /** Schemas of our own only judge: what they return need not be taken, so entities keep sharing what is unchanged. */
  readonly isBuiltIn: boolean;
  readonly created: string;
  readonly updated: string;
  readonly deleted: string;
}

export type Kinds = ReadonlyMap<string, Kind>;

/**
 * The built-in collections and an application's own, by wire name.
 * @throws TypeError on a name that is taken, or a schema that validates asynchronously: a change is decided in one step
 */
export function createKinds(declared: Collections = {}): Kinds {
  const kinds = new Map<string, Kind>();
  const singulars = new Set<string>(["notify"]);
  const add = (collection: string, definition: CollectionDefinition, isBuiltIn: boolean): void => {
    const { singular } = definition;
    if (kinds.has(collection)) throw new TypeError(`collection "${collection}" is built in`);
    if (singulars.has(singular)) throw new TypeError(`collection "${collection}": "${singular}" is taken`);
    singulars.add(singular);
    const created = collection === "mail" ? "mail:received" : `${singular}:created`;
    const events = { created, updated: `${singular}:updated`, deleted: `${singular}:deleted` };
    kinds.set(collection, { ...definition, collection, isBuiltIn, ...events });
  };
  for (const [collection, definition] of Object.entries(BUILT_IN)) add(collection, definition, true);
  for (const [collection, definition] of Object.entries(declared)) {
    add(collection, definition, false);
    const probe = definition.schema["~standard"].validate({});
    if (!(probe instanceof Promise)) continue;
    probe.catch(() => undefined);
    throw new TypeError(`collection "${collection}": its schema must validate synchronously`);
  }
  return kinds;
}
