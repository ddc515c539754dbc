import { z } from "zod";
import { collectionNameSchema, countSchema, idSchema, mutateSchema } from "../../../sdk/protocol/index.ts";
import { parseWith } from "../parse-with.ts";
import type { Fields } from "../state/fields.ts";
import type { Operation } from "../state/operation.ts";

/** Its values are JSON by then, as `plainJson` made them. */
const mergeSchema = z.object({
  op: z.literal("merge"),
  collection: collectionNameSchema,
  id: idSchema,
  ifVersion: countSchema.optional(),
  value: z.custom<Fields>(isFields, "must be an object"),
});

function isFields(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * An operation of the application in this process, judged like one from outside and sharing nothing with what the
 * application holds: it may hold dates, `undefined`, or objects that it changes later.
 * @throws Fault `BAD_REQUEST`
 */
export function serverOperation(operation: Operation): Operation {
  const plain: unknown = plainJson(operation);
  if (operation.op === "merge") return parseWith(mergeSchema, plain);
  // The contract's own schema; a mutation of the server has no number.
  return parseWith(mutateSchema, { ...(plain as object), mutationId: "server:1" });
}

/** A value as JSON keeps it. */
export function plainJson<T>(value: T): T {
  // Types of what JSON drops (dates, functions) do not stand in our contract.
  return JSON.parse(JSON.stringify(value)) as T;
}
