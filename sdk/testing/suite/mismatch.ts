/** A value that is only known by a property of it. */
export class Matcher {
  readonly label: string;
  readonly matches: (value: unknown) => boolean;
  constructor(label: string, matches: (value: unknown) => boolean) {
    this.label = label;
    this.matches = matches;
  }
}

/**
 * The first place where two values differ, in words; `undefined` when they agree. Fields that are `undefined` count as
 * absent. Where `isPartial`, objects may have further fields; lists are as long as they are.
 */
export function mismatch(
  actual: unknown,
  expected: unknown,
  isPartial: boolean,
  path = "",
): string | undefined {
  if (expected instanceof Matcher)
    return expected.matches(actual) ? undefined : differs(path, actual, expected.label);
  if (expected instanceof Uint8Array && actual instanceof Uint8Array) {
    const isSame = actual.length === expected.length && actual.every((byte, at) => byte === expected[at]);
    return isSame ? undefined : differs(path, [...actual], shown([...expected]));
  }
  if (Array.isArray(expected)) return mismatchOfLists(actual, expected, isPartial, path);
  if (!isObject(expected))
    return Object.is(actual, expected) ? undefined : differs(path, actual, shown(expected));
  if (!isObject(actual)) return differs(path, actual, shown(expected));
  const keys = new Set([...Object.keys(expected), ...(isPartial ? [] : Object.keys(actual))]);
  for (const key of keys) {
    const found = mismatch(actual[key], expected[key], isPartial, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchOfLists(
  actual: unknown,
  expected: readonly unknown[],
  isPartial: boolean,
  path: string,
): string | undefined {
  if (!Array.isArray(actual) || actual.length !== expected.length)
    return differs(path, actual, shown(expected));
  for (const [at, item] of expected.entries()) {
    const found = mismatch(actual[at], item, isPartial, `${path}[${at}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function differs(path: string, actual: unknown, expected: string): string {
  return `${path === "" ? "it" : path} is ${shown(actual)}, not ${expected}`;
}

/** A value as text, at most 500 characters of it. */
export function shown(value: unknown): string {
  const text =
    JSON.stringify(value, (_, item: unknown) => (item instanceof Matcher ? item.label : item)) ??
    String(value);
  return text.length > 500 ? `${text.slice(0, 500)}...` : text;
}
