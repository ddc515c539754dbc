import { type Entity, SERVER_FIELDS } from "../../../sdk/protocol/index.ts";

/** An entity's own fields: all but those the server writes. */
export type Fields = Readonly<Record<string, unknown>>;

const SERVER_OWNED: ReadonlySet<string> = new Set(SERVER_FIELDS);

export function isServerField(name: string): boolean {
  return SERVER_OWNED.has(name);
}

/** Steps that lead out of plain data. */
export function isForbiddenKey(name: string): boolean {
  return name === "__proto__" || name === "prototype" || name === "constructor";
}

/** The fields of an entity, or of a value a client sent, without those the server writes and those without a value. */
export function ownFields(value: Entity | Fields): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined && !SERVER_OWNED.has(name) && !isForbiddenKey(name)) fields[name] = field;
  }
  return fields;
}
