import { HoldfastError } from "../errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { exceedsBytes } from "../util/exceeds-bytes.ts";
import type { Entry } from "./entry.ts";

/** What is sent for an entry: its own event's payload. */
export function frameOf(entry: Entry, ackedThrough: number): Readonly<Record<string, unknown>> {
  const { intent, projectId } = entry;
  if (entry.event !== "mutate") return { ...entry.body, projectId, mutationId: entry.id };
  const frame: Record<string, unknown> = {
    mutationId: entry.id,
    projectId,
    op: entry.op,
    collection: entry.collection,
    id: entry.entityId,
    ...entry.body,
  };
  if (entry.op === "update" && intent.kind === "patch") {
    frame["patches"] = intent.patches;
    if (intent.ifVersion !== undefined) frame["ifVersion"] = intent.ifVersion;
  }
  if (ackedThrough > 0) frame["ackedThrough"] = ackedThrough;
  return frame;
}

/** Room for ids and names, the event's own included, and for Engine.IO's bytes. */
const OVERHEAD_BYTES = 2_048;

/** The error of a write whose frame the server would cut the link for. */
export function refuseOversize({ body, intent }: Pick<Entry, "body" | "intent">): HoldfastError | undefined {
  const content = intent.kind === "patch" ? [body, intent.patches] : body;
  if (!exceedsBytes(content, LIMITS.frameBytes - OVERHEAD_BYTES)) return undefined;
  return new HoldfastError("PAYLOAD_TOO_LARGE", "The write is over 1 MiB.");
}
