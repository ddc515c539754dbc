/** Where two plain values differ, at most a handful of paths: a dump of a thousand lines is no message. */
export function differences(actual: unknown, expected: unknown, path = "", found: string[] = []): string[] {
  if (found.length >= 5 || Object.is(actual, expected)) return found;
  if (isObject(actual) && isObject(expected)) {
    for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
      differences(actual[key], expected[key], `${path}.${key}`, found);
    }
    return found;
  }
  found.push(`${path}: ${JSON.stringify(actual)} for ${JSON.stringify(expected)}`);
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
