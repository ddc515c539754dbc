import { z } from "zod";
import { countSchema, epochSchema } from "./scalars.ts";

/** How far in a project's history somebody is: events 1..seq of the epoch are known. */
export const positionSchema = z.object({ epoch: epochSchema, seq: countSchema });
export type Position = Readonly<z.infer<typeof positionSchema>>;
