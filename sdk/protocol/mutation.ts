import { z } from "zod";
import type { Entity, Mail, Session } from "./entity.ts";
import { jsonSchema } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { countSchema, idSchema, titleSchema } from "./scalars.ts";

/** `{clientId}:{n}`, n from 1. */
export const mutationIdSchema = z
  .string()
  .max(LIMITS.idLength + 16)
  .regex(/^[A-Za-z0-9._:-]{1,128}:[1-9][0-9]{0,14}$/, "a mutationId is clientId:n, n rising from 1");

const pathSchema = z
  .array(z.union([z.string().max(LIMITS.titleLength), countSchema]))
  .min(1, "an empty path replaces the whole entity: give one patch per field")
  .max(LIMITS.patchDepth, `a path has at most ${LIMITS.patchDepth} steps`);

/** An Immer patch. */
export const patchSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("add"), path: pathSchema, value: jsonSchema }),
  z.object({ op: z.literal("replace"), path: pathSchema, value: jsonSchema }),
  z.object({ op: z.literal("remove"), path: pathSchema }),
]);
export type Patch = z.infer<typeof patchSchema>;

export const collectionNameSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "no such collection");

const common = {
  mutationId: mutationIdSchema,
  projectId: idSchema.optional(),
  collection: collectionNameSchema,
  id: idSchema,
  ifVersion: countSchema.optional(),
  ackedThrough: countSchema.optional(),
};

export const mutateSchema = z.discriminatedUnion("op", [
  z.object({ ...common, op: z.literal("create"), value: z.record(z.string(), jsonSchema) }),
  z.object({
    ...common,
    op: z.literal("update"),
    patches: z.array(patchSchema).max(LIMITS.patches, `at most ${LIMITS.patches} patches`),
  }),
  z.object({ ...common, op: z.literal("remove") }),
  z.object({ ...common, op: z.literal("claim"), value: z.object({ sessionId: idSchema }) }),
  z.object({ ...common, op: z.literal("release"), value: z.object({ sessionId: idSchema }).optional() }),
]);
export type Mutate = z.infer<typeof mutateSchema>;

export interface MutateAck {
  readonly result: Entity | null;
  readonly seq: number;
  readonly epoch: string;
  readonly replayed?: true;
}

const shortcut = { projectId: idSchema.optional(), mutationId: mutationIdSchema.optional() };

export const mailSendSchema = z.object({
  ...shortcut,
  /** Default: the server's choice. */
  id: idSchema.optional(),
  toSessionId: idSchema,
  type: z.string().min(1).max(LIMITS.titleLength).default("directive"),
  subject: z.string().max(LIMITS.titleLength),
  body: z.string(),
});

export const replyInputSchema = z.object({
  ...shortcut,
  sessionId: idSchema,
  input: z.string().max(65_536).optional(),
});

export const spawnSchema = z.looseObject({
  ...shortcut,
  id: idSchema.optional(),
  name: titleSchema,
  command: z.string().min(1).max(LIMITS.titleLength).optional(),
});

export const modalActionSchema = z.object({
  ...shortcut,
  sessionId: idSchema,
  modalId: idSchema,
  action: jsonSchema,
});

export type MailSend = z.input<typeof mailSendSchema>;
export type ReplyInput = z.infer<typeof replyInputSchema>;
export type Spawn = z.infer<typeof spawnSchema>;
export type ModalAction = z.infer<typeof modalActionSchema>;

/** The shortcuts answer as `mutate` does, and by name. */
export interface ShortcutAcks {
  readonly "mail:send": MutateAck & { readonly mail: Mail };
  readonly "session:reply-input": MutateAck & { readonly session: Session };
  readonly "session:spawn": MutateAck & { readonly session: Session };
}
