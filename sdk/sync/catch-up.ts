import { HoldfastError } from "../errors.ts";
import type {
  DeltaAck,
  Entity,
  Envelope,
  FocusState,
  Position,
  SnapshotAck,
  StateSync,
  SyncAck,
} from "../protocol/index.ts";
import type { Tables } from "../store/index.ts";
import { applyDelta, type DeltaCounts } from "./apply-delta.ts";
import { createDraftBase, type DraftBase } from "./draft-base.ts";
import { createStage } from "./stage.ts";
import type { SyncCounts } from "./sync-trace.ts";

/** What a catch-up found, not yet committed. */
export interface CaughtUp {
  readonly outcome: "current" | "delta" | "snapshot";
  /** The whole base anew; `draft` goes on top. */
  readonly replace?: Tables;
  readonly draft: DraftBase;
  readonly position: Position;
  readonly events: readonly Envelope[];
  readonly focus: FocusState | undefined;
  readonly counts: Omit<SyncCounts, "held">;
}

export interface CatchUpOptions {
  /** What the base is at; `undefined` asks for a snapshot. */
  readonly since: Position | undefined;
  /** Answer that is there already, as by the handshake. */
  readonly first: SyncAck | undefined;
  readonly epoch: string | undefined;
  base(collection: string, id: string): Entity | undefined;
  /** Asks the server; rejects when the catch-up is over before it is done. */
  request(payload: StateSync): Promise<SyncAck>;
  progress(done: number, total: number): void;
  pause(): Promise<void>;
}

/** Snapshots begun anew in one catch-up before it fails and is tried again later. */
const MAX_SNAPSHOTS = 3;

/** One catch-up, up to but not including the commit: a delta, or a snapshot with the delta since its first page. */
export async function catchUp(options: CatchUpOptions): Promise<CaughtUp> {
  const { since, request } = options;
  let ack = options.first ?? (await request(since === undefined ? {} : { since }));
  if (ack.mode === "delta") {
    const draft = createDraftBase(options.base);
    const counts = since !== undefined && follows(ack, since) ? applyDelta(ack, draft) : undefined;
    if (since !== undefined && counts !== undefined) {
      const missed = counts.upserted + counts.patched + counts.removed + ack.events.length;
      const outcome = missed === 0 && ack.seq === since.seq ? "current" : "delta";
      return caughtUp(outcome, ack, draft, { ...counts, pages: 0 });
    }
    ack = await request({});
  }
  for (let snapshots = 0; snapshots < MAX_SNAPSHOTS; snapshots++) {
    if (ack.mode !== "snapshot") break;
    const found = await collect(ack, options);
    if (found !== undefined && "counts" in found) return found;
    ack = found?.mode === "snapshot" ? found : await request({});
  }
  throw new HoldfastError("UNAVAILABLE", "The server gave no snapshot that could be completed.");
}

/**
 * The snapshot with its pages and what changed meanwhile; or the newer snapshot the server gave at the end instead;
 * or nothing, where a page in the middle is of another snapshot.
 */
async function collect(first: SnapshotAck, options: CatchUpOptions): Promise<CaughtUp | SyncAck | undefined> {
  const position = { epoch: first.epoch, seq: first.seq };
  const stage = createStage(options.base, first.epoch === options.epoch);
  let page = first;
  let pages = 1;
  await stage.add(page, options.pause);
  while (page.page?.cursor !== undefined) {
    options.progress(stage.size, Math.round((stage.size / pages) * page.page.total));
    const next = await options.request({ cursor: page.page.cursor });
    if (next.mode !== "snapshot" || next.epoch !== first.epoch || next.seq !== first.seq) return undefined;
    page = next;
    pages += 1;
    await stage.add(page, options.pause);
  }
  const draft = createDraftBase((collection, id) => stage.tables.get(collection)?.get(id));
  let last: SyncAck = first;
  let counts: DeltaCounts | undefined = { upserted: 0, patched: 0, removed: 0 };
  if (pages > 1) {
    // Pages are read one after the other while the project goes on changing.
    last = await options.request({ since: position });
    counts = last.mode === "delta" && follows(last, position) ? applyDelta(last, draft) : undefined;
    if (counts === undefined) return last;
  }
  const found = caughtUp("snapshot", last, draft, { ...counts, upserted: stage.size, pages });
  return { ...found, replace: stage.tables };
}

function follows(delta: DeltaAck, since: Position): boolean {
  return delta.epoch === since.epoch && delta.from <= since.seq && delta.seq >= since.seq;
}

function caughtUp(
  outcome: CaughtUp["outcome"],
  ack: SyncAck,
  draft: DraftBase,
  counts: Omit<SyncCounts, "held" | "events" | "eventsLost">,
): CaughtUp {
  const { events = [], eventsLost = 0 }: Partial<DeltaAck> = ack.mode === "delta" ? ack : {};
  return {
    outcome,
    draft,
    position: { epoch: ack.epoch, seq: ack.seq },
    events,
    focus: ack.focus,
    counts: { ...counts, events: events.length, eventsLost },
  };
}
