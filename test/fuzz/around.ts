import fc from "fast-check";
import { anyJson } from "./json-arbitrary.ts";
import { PROTOTYPE_KEYS } from "./words.ts";

/** Deeper than any entity, and than a careless walk over it survives. */
const DEPTHS = [65, 1_000] as const;
const SIZES = [300, 70_000] as const;

const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
const withOwnKey = (key: string): unknown => JSON.parse(`{"${key}":{"polluted":true}}`);

/** What a field should never hold. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      "",
      0,
      -1,
      0.5,
      2 ** 53,
      1e308,
      [],
      {},
      [[]],
      "\u0000",
      "\ud800",
    ),
  },
  { weight: 2, arbitrary: anyJson },
  { weight: 2, arbitrary: fc.constantFrom(...PROTOTYPE_KEYS) },
  { weight: 2, arbitrary: fc.constantFrom(...PROTOTYPE_KEYS).map(withOwnKey) },
  { weight: 1, arbitrary: fc.constantFrom(...SIZES).map((size) => "x".repeat(size)) },
  { weight: 1, arbitrary: fc.constantFrom(...DEPTHS).map(nested) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

/** Values that fit, values that fit but for one place, and anything at all. */
export function around(fits: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: fits },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fits, fc.nat(), hostile, fc.nat(3))
        .map(([value, at, bad, how]) => spoiled(value, at, bad, how)),
    },
    { weight: 1, arbitrary: hostile },
  );
}

/** The value with another one somewhere in it, or without that place, or with a key more there. */
function spoiled(value: unknown, at: number, bad: unknown, how: number): unknown {
  const places = placesOf(value, []);
  const place = places[at % places.length] ?? [];
  const copy: unknown = structuredClone(value);
  const [last] = place.slice(-1);
  const parent = place.slice(0, -1).reduce<unknown>((inside, key) => read(inside, key), copy);
  if (last === undefined || !isObject(parent)) return bad;
  if (how === 0) Reflect.deleteProperty(parent, last);
  else if (how === 1) define(parent, PROTOTYPE_KEYS[at % PROTOTYPE_KEYS.length] ?? "", bad);
  else define(parent, last, bad);
  return copy;
}

function placesOf(value: unknown, path: readonly string[]): Array<readonly string[]> {
  if (!isObject(value)) return [path];
  return [path, ...Object.keys(value).flatMap((key) => placesOf(read(value, key), [...path, key]))];
}

/** As `JSON.parse` does: `__proto__` becomes a key like any other. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function read(value: unknown, key: string): unknown {
  return isObject(value) ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}
