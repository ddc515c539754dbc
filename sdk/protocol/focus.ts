import { z } from "zod";
import { countSchema, idSchema } from "./scalars.ts";

/** Which sessions of a project are in front, oldest focus first. Epoch is the project's. */
export interface FocusState {
  readonly projectId: string;
  readonly focusedSessions: readonly string[];
  readonly totalFocused: number;
  readonly maxFocused: number;
  readonly version: number;
  readonly epoch: string;
}

export const focusSetSchema = z.object({
  projectId: idSchema.optional(),
  sessionId: idSchema,
  focused: z.boolean(),
  expectedVersion: countSchema.optional(),
});
export type FocusSet = z.infer<typeof focusSetSchema>;

export const focusSyncSchema = z.object({ projectId: idSchema.optional() });

export type FocusAck = FocusState & { readonly evicted?: readonly string[] };

export type FocusUpdate = FocusState & {
  readonly type: "focus_update";
  readonly sessionId: string;
  readonly focused: boolean;
  readonly evicted?: readonly string[];
  readonly timestamp: number;
};
