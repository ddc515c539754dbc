import type { Patch } from "../protocol/index.ts";
import { toJson } from "./to-json.ts";

type Fields = Record<string, unknown>;

/** An entity that may be changed at will, and what was done to it. */
export interface DraftCopy {
  readonly draft: Fields;
  diff(): { readonly patches: readonly Patch[]; readonly positional: boolean };
}

/**
 * Copies plain JSON to be changed, and tells the changes as Immer would: what was changed in place by its own path, what
 * was assigned anew as a whole. Of a list, what stayed at its beginning and end is left alone.
 */
export function copyAsDraft(source: object): DraftCopy {
  /** What each object of the copy was copied from: found at its place, it is the same one, maybe changed. */
  const origins = new Map<unknown, unknown>();
  const patches: Patch[] = [];
  let positional = false;

  const copy = <T>(node: T): T => {
    if (typeof node !== "object" || node === null) return node;
    if (Array.isArray(node)) {
      const items = node.map(copy);
      origins.set(items, node);
      // A list of the same items.
      return items as T;
    }
    // An object of whatever fields it has.
    const fields = { ...node } as Fields;
    for (const key in fields) fields[key] = copy(fields[key]);
    origins.set(fields, node);
    // An object of the same fields.
    return fields as T;
  };

  const isSame = (before: unknown, after: unknown): boolean =>
    before === after || (origins.has(after) && origins.get(after) === before);

  const put = (op: "add" | "replace", path: Patch["path"], value: unknown): void => {
    // `toJson` gives nothing but JSON.
    patches.push({ op, path, value: toJson(value) as Extract<Patch, { op: "add" }>["value"] });
  };

  const compare = (before: unknown, after: unknown, path: Patch["path"]): void => {
    if (before === after) return;
    if (!isSame(before, after)) put("replace", path, after);
    else if (Array.isArray(before) && Array.isArray(after)) compareItems(before, after, path);
    // What has an origin is an object, and no array any more.
    else compareFields(before as Fields, after as Fields, path);
  };

  const compareFields = (before: Fields, after: Fields, path: Patch["path"]): void => {
    for (const key in before) {
      // `draft.x = undefined` means that the field goes: JSON has no undefined.
      if (after[key] === undefined) patches.push({ op: "remove", path: [...path, key] });
      else compare(before[key], after[key], [...path, key]);
    }
    for (const key in after) {
      if (!(key in before) && after[key] !== undefined) put("add", [...path, key], after[key]);
    }
  };

  const compareItems = (before: readonly unknown[], after: readonly unknown[], path: Patch["path"]): void => {
    const length = Math.min(before.length, after.length);
    const count = patches.length;
    let head = 0;
    while (head < length && isSame(before[head], after[head])) head += 1;
    let tail = 0;
    while (tail < length - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
    const both = length - tail;
    for (let at = before.length - tail - 1; at >= both; at--)
      patches.push({ op: "remove", path: [...path, at] });
    for (let at = both; at < after.length - tail; at++) put("add", [...path, at], after[at]);
    const shift = after.length - before.length;
    for (let at = 0; at < after.length; at++) {
      if (at < both) compare(before[at], after[at], [...path, at]);
      else if (at >= after.length - tail) compare(before[at - shift], after[at], [...path, at]);
    }
    positional ||= patches.length > count;
  };

  // Whatever object it is, it has fields to read and write by name.
  const draft = copy(source) as Fields;
  return {
    draft,
    diff() {
      // As above.
      compareFields(source as Fields, draft, []);
      return { patches, positional };
    },
  };
}
