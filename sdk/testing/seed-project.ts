import { Fault } from "../../server/core/fault.ts";
import type { Operation } from "../../server/core/state/operation.ts";

/** Values of one project by wire name of the collection, as the options have them. */
export type SeedValues = Readonly<Record<string, unknown>>;

const ORDER = ["sessions", "teamMembers", "tasks", "mail"];

/** The operations that make what a project holds at the start, in an order in which each finds what it refers to. */
export function seedOperations(projectId: string, seed: SeedValues, createId: () => string): Operation[] {
  const { project, ...lists } = seed;
  const made: Operation[] = [
    { op: "create", collection: "projects", id: projectId, value: { name: projectId, ...fieldsOf(project) } },
  ];
  const claims: Operation[] = [];
  const names = Object.keys(lists).sort((a, b) => rank(a) - rank(b));
  for (const collection of names) {
    const values = lists[collection];
    if (values === undefined) continue;
    if (!Array.isArray(values)) throw new TypeError(`projects.${projectId}.${collection} is no list`);
    for (const value of values) {
      const fields = fieldsOf(value);
      const id = typeof fields["id"] === "string" ? fields["id"] : createId();
      made.push({ op: "create", collection, id, value: fields });
      const { claimedBy } = fields;
      if (collection === "tasks" && typeof claimedBy === "string")
        claims.push({ op: "claim", collection, id, value: { sessionId: claimedBy } });
    }
  }
  return [...made, ...claims];
}

/** A refusal by the server's rules as a sentence about the line of the test that asked for it. */
export function readable(what: string, error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  const issues = error.details?.["issues"];
  const told = Array.isArray(issues)
    ? // Only `badRequest` writes issues.
      (issues as { path: readonly (string | number)[]; message: string }[])
        .map(({ path, message }) => `${path.join(".")}: ${message}`)
        .join("; ")
    : "";
  return Object.assign(
    new Error(`${what}: ${error.message} (${error.code}${told === "" ? "" : `; ${told}`})`, { cause: error }),
    { code: error.code, details: error.details },
  );
}

function rank(collection: string): number {
  const at = ORDER.indexOf(collection);
  return at === -1 ? ORDER.length : at;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  // Options are objects; whatever else stands there is refused by the schema of its collection.
  return typeof value === "object" && value !== null ? { ...(value as Record<string, unknown>) } : {};
}
