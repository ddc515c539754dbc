import fc from "fast-check";
import { FIELDS, WORDS } from "./words.ts";

/** What of JSON Schema zod writes. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Any JSON, not deep: what a field holds that the protocol leaves free. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(...WORDS),
    fc.constantFrom(0, 1, -1, 1.5, 2 ** 53, true, false, null),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie("any"), { maxKeys: 4 }),
  ),
})).any;

/** Values that fit a schema as `z.toJSONSchema` writes it; texts are mostly words of the protocol. */
export function fitting(schema: JsonSchema, root: JsonSchema = schema): fc.Arbitrary<unknown> {
  const options = schema.anyOf ?? schema.oneOf;
  if (schema.$ref !== undefined) return referred(schema.$ref, root);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (options !== undefined) return fc.oneof(...options.map((option) => fitting(option, root)));
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
    case "number":
      return number(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(fitting(schema.items ?? {}, root), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, Math.max(4, schema.minItems ?? 0)),
      });
    case "object":
      return object(schema, root);
    default:
      return anyJson;
  }
}

/** Recursive schemas are those of free JSON. */
function referred(ref: string, root: JsonSchema): fc.Arbitrary<unknown> {
  const name = ref.split("/").at(-1) ?? "";
  const known = root.$defs?.[name];
  return known === undefined || known.anyOf?.some(({ items }) => items?.$ref === ref)
    ? anyJson
    : fitting(known, root);
}

function text({ pattern, minLength = 0, maxLength = 64 }: JsonSchema): fc.Arbitrary<string> {
  const fits = WORDS.filter(
    (word) =>
      word.length >= minLength &&
      word.length <= maxLength &&
      (pattern === undefined || new RegExp(pattern, "u").test(word)),
  );
  const free = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 24)) });
  if (fits.length === 0) return free;
  const word = fc.constantFrom(...fits);
  return pattern === undefined
    ? fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: free })
    : word;
}

/** Small numbers meet each other: versions, offsets, seqs. */
function number({ minimum = -5, maximum = 1_000 }: JsonSchema): fc.Arbitrary<number> {
  const min = Math.ceil(minimum);
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min, max: Math.max(min, Math.min(maximum, min + 20)) }) },
    { weight: 1, arbitrary: fc.constant(Math.floor(maximum)) },
  );
}

function object({ properties, required = [] }: JsonSchema, root: JsonSchema): fc.Arbitrary<object> {
  const known = Object.entries(properties ?? {});
  const free = fc.dictionary(fc.constantFrom(...FIELDS), anyJson, { maxKeys: 3 });
  if (known.length === 0) return free;
  const model = Object.fromEntries(known.map(([name, schema]) => [name, fitting(schema, root)]));
  const fields = fc.record(model, { requiredKeys: [...required] });
  return fc.oneof(
    { weight: 5, arbitrary: fields },
    { weight: 1, arbitrary: fc.tuple(free, fields).map(([extra, own]) => ({ ...extra, ...own })) },
  );
}
