import { z } from "zod";
import { epochSchema, idSchema, LIMITS, type Position } from "../../../sdk/protocol/index.ts";
import type { PageCursor } from "../../store/store.ts";
import { badRequest } from "../fault.ts";

/** Everything the server needs to go on with a snapshot in pages; it keeps nothing of it. */
export interface SyncCursor {
  readonly projectId: string;
  /** Of the first page: every page repeats it. */
  readonly position: Position;
  readonly index: number;
  readonly total: number;
  readonly limit: number;
  readonly after: PageCursor;
}

const count = z.int().nonnegative();
const cursorSchema = z.tuple([
  z.literal(1),
  idSchema,
  epochSchema,
  count,
  count,
  count,
  z.int().min(1).max(LIMITS.pageEntities),
  z.string().max(64),
  idSchema,
]);

export function writeCursor({ projectId, position, index, total, limit, after }: SyncCursor): string {
  return JSON.stringify([
    1,
    projectId,
    position.epoch,
    position.seq,
    index,
    total,
    limit,
    after.collection,
    after.id,
  ]);
}

/** @throws Fault `BAD_REQUEST` for a text that `writeCursor` never wrote */
export function readCursor(text: string): SyncCursor {
  const parsed = cursorSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw badRequest("Not a cursor of this server", [{ path: ["cursor"], message: "not a cursor" }]);
  const [, projectId, epoch, seq, index, total, limit, collection, id] = parsed.data;
  return { projectId, position: { epoch, seq }, index, total, limit, after: { collection, id } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
