import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { idSchema } from "./scalars.ts";

export const heartbeatSchema = z.object({
  status: z.string().max(LIMITS.titleLength),
  taskId: idSchema.nullable().optional(),
});

export const sessionReportSchema = z.looseObject({
  type: z.string().min(1).max(LIMITS.titleLength),
  message: z.string().max(65_536).optional(),
  modalId: idSchema.optional(),
});
export type SessionReport = z.infer<typeof sessionReportSchema>;

export const sessionTakeSchema = z.object({ sessionId: idSchema });
