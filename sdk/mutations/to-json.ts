/**
 * The value as it will be after its way over the wire; the same object if that changes nothing.
 * @throws TypeError for what JSON cannot hold (cycles, bigint).
 */
export function toJson(value: unknown): unknown {
  return isJson(value, 0) ? value : (JSON.parse(JSON.stringify(value) ?? "null") as unknown);
}

/** Deeper than this may be a cycle: left to `JSON.stringify` to say. */
const MAX_DEPTH = 64;

function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    // A plain object, as its prototype says.
    if (!isJson((value as Readonly<Record<string, unknown>>)[key], depth + 1)) return false;
  }
  return true;
}
