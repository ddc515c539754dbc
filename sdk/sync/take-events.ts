import type { Entity, Envelope, FramedEnvelope, Position } from "../protocol/index.ts";
import type { DraftBase } from "./draft-base.ts";
import { judgeEvent } from "./judge-event.ts";
import { restoreData } from "./restore-data.ts";
import type { Routes } from "./routes.ts";
import type { SyncReason } from "./sync-state.ts";

/** A live event of the joined project: it has a place in the history. */
export type Placed<E extends FramedEnvelope = FramedEnvelope> = E & { readonly seq: number };

export interface Taken {
  readonly position: Position | undefined;
  /** Taken in, in order, `change` restored into `data`. */
  readonly delivered: readonly Envelope[];
  /** Cannot be taken before a sync. */
  readonly held: readonly Placed[];
  readonly dropped: number;
  /** Why a sync is due, if one is. */
  readonly need: SyncReason | undefined;
}

/**
 * Takes live events into the draft as far as they go on from the position. Pure but for the draft.
 * What comes after the first that cannot be taken is held.
 */
export function takeEvents(
  events: readonly Placed[],
  from: Position | undefined,
  draft: DraftBase,
  routes: Routes,
): Taken {
  let position = from;
  let dropped = 0;
  const delivered: Envelope[] = [];
  for (const [index, event] of events.entries()) {
    const verdict = judgeEvent(position, event);
    if (verdict === "drop") {
      dropped += 1;
      continue;
    }
    const envelope = verdict === "apply" ? restore(event, draft, routes) : undefined;
    if (envelope === undefined || position === undefined) {
      const need = verdict === "apply" ? "base" : verdict === "epoch" ? "epoch" : "gap";
      return { position, delivered, held: events.slice(index), dropped, need };
    }
    take(envelope, draft, routes);
    position = { epoch: position.epoch, seq: event.seq };
    delivered.push(envelope);
  }
  return { position, delivered, held: [], dropped, need: undefined };
}

function restore(event: Placed, draft: DraftBase, routes: Routes): Envelope | undefined {
  if (!("change" in event)) return event;
  const { change, ...rest } = event;
  const route = routes.of(event.event);
  if (route === undefined) return undefined;
  const data = restoreData(draft.get(route.collection, change.id), change, event);
  return data === undefined ? undefined : { ...rest, data };
}

function take(envelope: Envelope, draft: DraftBase, routes: Routes): void {
  const route = routes.of(envelope.event);
  if (route === undefined) return;
  // Whoever routes an event names what its data is (protocol section 5); a foreign shape has no id and is passed over.
  const entity = envelope.data as Entity | null;
  if (typeof entity?.id !== "string") return;
  const result = route.isRemoval ? null : entity;
  draft.set(route.collection, entity.id, result);
  if (envelope.mutationId !== undefined) {
    draft.confirm({ mutationId: envelope.mutationId, collection: route.collection, id: entity.id, result });
  }
}
