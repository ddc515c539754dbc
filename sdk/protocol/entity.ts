import { z } from "zod";
import type { CollectionDefinition } from "./collection.ts";
import { idSchema, titleSchema } from "./scalars.ts";

/** Fields that the server alone writes. */
export const SERVER_FIELDS = ["id", "projectId", "version", "seq", "createdAt", "updatedAt"] as const;

/** What every entity carries. Times in epoch milliseconds; `seq` is that of its last change. */
export interface Entity {
  readonly id: string;
  readonly projectId?: string;
  readonly version: number;
  readonly seq: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly [field: string]: unknown;
}

const idsSchema = z.array(idSchema).max(1_000);
const taskStatusSchema = z.enum(["todo", "in_progress", "blocked", "completed", "failed"]);
const sessionStatusSchema = z.enum([
  "idle",
  "spawning",
  "working",
  "needs_input",
  "completed",
  "failed",
  "stopped",
]);

export const projectFields = z.looseObject({ name: titleSchema });

export const sessionFields = z.looseObject({
  name: titleSchema,
  status: sessionStatusSchema,
  taskIds: idsSchema,
  teamMemberId: idSchema.optional(),
  needsInput: z
    .looseObject({ active: z.boolean(), message: z.string().optional(), since: z.number().optional() })
    .optional(),
  modals: z.array(z.looseObject({ modalId: idSchema })).optional(),
});

export const taskFields = z.looseObject({
  title: titleSchema,
  description: z.string().optional(),
  status: taskStatusSchema,
  priority: z.union([z.string(), z.number()]).optional(),
  sessionIds: idsSchema,
  claimedBy: idSchema.optional(),
  sessionStatuses: z.record(idSchema, z.string()).optional(),
});

export const teamMemberFields = z.looseObject({
  name: titleSchema,
  role: z.string().optional(),
  status: z.enum(["active", "archived"]),
});

export const mailFields = z.looseObject({
  fromSessionId: z.string().min(1),
  toSessionId: idSchema.optional(),
  type: z.string().min(1),
  subject: z.string(),
  body: z.string(),
});

type Stored<Fields> = Readonly<Fields> & Entity;
type InProject = { readonly projectId: string };

export type TaskStatus = z.infer<typeof taskStatusSchema>;
export type SessionStatus = z.infer<typeof sessionStatusSchema>;
export type Project = Stored<z.infer<typeof projectFields>>;
export type Session = Stored<z.infer<typeof sessionFields>> & InProject;
export type Task = Stored<z.infer<typeof taskFields>> & InProject;
export type TeamMember = Stored<z.infer<typeof teamMemberFields>> & InProject;
export type Mail = Stored<z.infer<typeof mailFields>> & InProject;

/** Built-in collections by wire name. */
export const BUILT_IN = {
  projects: { singular: "project", schema: projectFields },
  sessions: { singular: "session", schema: sessionFields, defaults: { status: "idle", taskIds: [] } },
  tasks: { singular: "task", schema: taskFields, defaults: { status: "todo", sessionIds: [] } },
  teamMembers: { singular: "team_member", schema: teamMemberFields, defaults: { status: "active" } },
  mail: { singular: "mail", schema: mailFields, defaults: { type: "directive" } },
} as const satisfies Record<string, CollectionDefinition>;

export type BuiltInName = keyof typeof BUILT_IN;

/** A session in one of these ended: it releases its claims and is never lost again. */
export const ENDED_STATUSES: readonly SessionStatus[] = ["completed", "failed", "stopped"];
