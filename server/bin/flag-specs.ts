import type { z } from "zod";

type Kind = "boolean" | "list" | "value";

/** One flag as the schema describes it. */
export interface FlagSpec {
  /** Key in the schema, camelCase. */
  readonly key: string;
  /** `--jwt-secret` */
  readonly flag: string;
  /** `HOLDFAST_JWT_SECRET` */
  readonly variable: string;
  readonly kind: Kind;
  readonly schema: z.ZodType;
}

export function flagSpecs(schema: z.ZodObject): readonly FlagSpec[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const words = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    // zod types the fields of an object by their internals; every one is a ZodType.
    const fieldSchema = field as z.ZodType;
    return {
      key,
      flag: `--${words}`,
      variable: `HOLDFAST_${words.replaceAll("-", "_").toUpperCase()}`,
      kind: kindOf(fieldSchema),
      schema: fieldSchema,
    };
  });
}

export function valueNameOf(spec: FlagSpec): string {
  const name = spec.schema.meta()?.["value"];
  return typeof name === "string" ? name : "VALUE";
}

function kindOf(schema: z.ZodType): Kind {
  // Optional and defaulted schemas hold the one they wrap in `innerType`.
  const def = schema.def as { readonly type: string; readonly innerType?: z.ZodType };
  if (def.innerType !== undefined) return kindOf(def.innerType);
  if (def.type === "boolean") return "boolean";
  return def.type === "array" ? "list" : "value";
}
