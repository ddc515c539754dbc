/**
 * The part of Standard Schema (v1) that Holdfast uses, so that zod, valibot and arktype all fit.
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** One kind of entity: how its events are called and what its own fields must look like. */
export interface CollectionDefinition<Fields = unknown> {
  readonly singular: string;
  readonly schema: StandardSchema<unknown, Fields>;
  /** Fields a create may leave out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** Collections of an application's own, by wire name. */
export type Collections = Readonly<Record<string, CollectionDefinition>>;

/** Declares a collection: `singular` names its events (`widget:created`), `schema` is any Standard Schema. */
export function collection<Fields>(
  singular: string,
  schema: StandardSchema<unknown, Fields>,
): CollectionDefinition<Fields> {
  return { singular, schema };
}

/** Gathers declared collections; give the same object to `createClient` and `createServer`. */
export function defineCollections<const C extends Collections>(collections: C): C {
  for (const [name, { singular }] of Object.entries(collections)) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) || !/^[a-z][a-z0-9_]{0,63}$/.test(singular)) {
      throw new TypeError(
        `collection "${name}" (singular "${singular}"): names start with a letter and hold letters, digits and _ only; the singular is lower case`,
      );
    }
  }
  return collections;
}
