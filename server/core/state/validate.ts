import type { Issue, StandardIssue } from "../../../sdk/protocol/index.ts";
import { badRequest } from "../fault.ts";
import type { Fields } from "./fields.ts";
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
    const field = first === undefined ? "" : pathOf(first).join(".");
    throw badRequest(`${field === "" ? kind.singular : field}: ${first?.message ?? "does not fit"}`, issues);
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
  return { path: locate(pathOf(issue)), message: issue.message };
}

function pathOf(issue: StandardIssue): (string | number)[] {
  return (issue.path ?? []).map((step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? key : String(key);
  });
}
