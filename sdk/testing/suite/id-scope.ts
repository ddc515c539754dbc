/**
 * Keeps the facts of one shared server apart: the short ids that facts speak of (`p1`, `t1`, `c1:3`) go out with a
 * suffix of the fact's own and come in without it.
 */
export interface IdScope {
  out<T>(value: T): T;
  in<T>(value: T): T;
}

/** Ids of facts, alone or before the number of a mutation. */
const ID = "([a-z]{1,5}\\d|page|pty|later|none)";
const ALONE = new RegExp(`^${ID}(:\\d+)?$`);
/** In a payload that is sent as a text of JSON. */
const QUOTED = new RegExp(`"${ID}"`, "g");
/** What only the server reads. */
const OPAQUE: ReadonlySet<string> = new Set(["cursor", "token", "epoch", "resumeKey"]);

export function createIdScope(suffix: string): IdScope {
  const mark = `.${suffix}`;
  const adding = (text: string): string =>
    text.startsWith("{") ? text.replace(QUOTED, `"$1${mark}"`) : text.replace(ALONE, `$1${mark}$2`);
  const removing = (text: string): string => text.replaceAll(mark, "");
  return {
    // Strings become strings and shapes stay.
    out: (value) => mapped(value, adding) as typeof value,
    in: (value) => mapped(value, removing) as typeof value,
  };
}

function mapped(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => mapped(item, text));
  const entries = Object.entries(value).map(
    ([key, item]) => [text(key), OPAQUE.has(key) ? item : mapped(item, text)] as const,
  );
  // `__proto__` stays a field, where a fact sends one.
  const made = Object.create(Object.prototype) as Record<string, unknown>;
  for (const [key, item] of entries) {
    Object.defineProperty(made, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return made;
}
