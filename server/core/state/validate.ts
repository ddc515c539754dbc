import type { Issue, StandardIssue } from "../../../sdk/protocol/index.ts";
import { badRequest } from "../fault.ts";
import { type Fields, isServerField } from "./fields.ts";
import type { Kind } from "./kinds.ts";

/** Says where in the caller's payload a fault of the entity lies. */
export type Locate = (path: Issue["path"]) => Issue["path"];

/**
 * Judges an entity's fields by its collection's schema and returns what is to be kept.
 * @throws Fault `BAD_REQUEST`, each issue at the path `locate` gives it
 */
export function validate(kind: Kind, fields: Fields, locate: Locate): Fields {
  const outcome = kind.schema["~standard"].validate(fields);
  if (outcome instanceof Promise) {
    outcome.catch(() => undefined);
    throw new TypeError(`collection "${kind.collection}": its schema must validate synchronously`);
  }
  if (outcome.issues !== undefined) {
    const issues = outcome.issues.slice(0, 32).map((issue) => told(issue, locate));
    const [first] = outcome.issues;
    throw badRequest(first === undefined ? `${kind.singular}: does not fit` : sentence(kind, first), issues);
  }
  if (kind.isBuiltIn) return fields;
  const { value } = outcome;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`collection "${kind.collection}": its schema must return an object`);
  }
  // An object that is no array.
  return value as Fields;
}

function told(issue: StandardIssue, locate: Locate): Issue {
  const path = pathOf(issue);
  return { path: locate(path), message: wantsServerField(path) ?? issue.message };
}

function sentence(kind: Kind, issue: StandardIssue): string {
  const path = pathOf(issue);
  return wantsServerField(path) ?? `${path.length === 0 ? kind.singular : path.join(".")}: ${issue.message}`;
}

/** A schema never sees the fields of the server, so one that asks for them fits nothing: that is its fault, not the value's. */
function wantsServerField([name]: Issue["path"]): string | undefined {
  if (typeof name !== "string" || !isServerField(name)) return undefined;
  return `\`${name}\` belongs to the server; rename the field in the collection's schema`;
}

function pathOf(issue: StandardIssue): (string | number)[] {
  return (issue.path ?? []).map((step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? key : String(key);
  });
}
