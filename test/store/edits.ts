import type { Change, Entity, Position } from "../../sdk/protocol/index.ts";
import type { CommittedEvent, Decision, NewAnswer, Notice, View, Write } from "../../server/store/store.ts";

/** One step of a decision, in the words of a test. */
export type Edit =
  | {
      readonly kind: "put";
      readonly collection: string;
      readonly id: string;
      /** Laid over the fields it has; `undefined` takes one away. */
      readonly fields: Readonly<Record<string, unknown>>;
      /** Says what changed, as a server that knows does. Default true. */
      readonly tellsChange?: boolean;
    }
  | { readonly kind: "remove"; readonly collection: string; readonly id: string }
  | { readonly kind: "emit"; readonly event: string; readonly data: unknown };

export const put = (
  collection: string,
  id: string,
  fields: Readonly<Record<string, unknown>> = {},
  tellsChange = true,
): Edit => ({ kind: "put", collection, id, fields, tellsChange });
export const remove = (collection: string, id: string): Edit => ({ kind: "remove", collection, id });
export const emit = (event: string, data: unknown = {}): Edit => ({ kind: "emit", event, data });

export interface Extras {
  readonly answer?: NewAnswer;
  readonly registers?: Readonly<Record<string, unknown>>;
  readonly notices?: readonly Notice[];
  readonly clear?: { readonly epoch: string };
}

/** Decides edits as a server does: numbers the events, raises versions, tells changes. The result is the new position. */
export function edits(list: readonly Edit[], extras: Extras = {}): (view: View) => Decision<Position> {
  return (view) => {
    const events: CommittedEvent[] = [];
    const writes: Write[] = [];
    for (const edit of list) {
      const seq = view.head.seq + events.length + 1;
      const { event, data, write } = stepOf(view, edit, seq);
      const change = write?.change;
      events.push({
        envelope: {
          type: event,
          event,
          data,
          timestamp: seq,
          projectId: view.projectId,
          seq,
          epoch: view.head.epoch,
        },
        ...(change !== undefined && { change }),
      });
      if (write !== undefined) writes.push(write);
    }
    const position = { epoch: view.head.epoch, seq: view.head.seq + events.length };
    return { result: position, events, writes, ...extras };
  };
}

function stepOf(view: View, edit: Edit, seq: number): { event: string; data: unknown; write?: Write } {
  if (edit.kind === "emit") return { event: edit.event, data: edit.data };
  const { collection, id } = edit;
  const before = view.entity(collection, id);
  if (edit.kind === "remove") {
    return { event: `${collection}:deleted`, data: before, write: { collection, id, entity: null, seq } };
  }
  const entity = laidOver(before, id, edit.fields, seq);
  const isUpdate = before !== undefined;
  const change = isUpdate && edit.tellsChange ? changeOf(before, entity) : undefined;
  return {
    event: `${collection}:${isUpdate ? "updated" : "created"}`,
    data: entity,
    write: { collection, id, entity, seq, ...(change !== undefined && { change }) },
  };
}

function laidOver(
  before: Entity | undefined,
  id: string,
  fields: Readonly<Record<string, unknown>>,
  seq: number,
): Entity {
  const laid = Object.fromEntries(
    Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined),
  );
  return {
    createdAt: seq,
    ...laid,
    id,
    version: (before?.version ?? 0) + 1,
    seq,
    updatedAt: seq,
  } as Entity;
}

function changeOf(before: Entity, after: Entity): Change {
  const set = Object.fromEntries(
    Object.entries(after).filter(([field, value]) => field !== "version" && !Object.is(before[field], value)),
  );
  const unset = Object.keys(before).filter((field) => !Object.hasOwn(after, field));
  return { id: after.id, version: after.version, set, ...(unset.length > 0 && { unset }) };
}

/** What a client does with a change. */
export function applyChange(entity: Entity, change: Change): Entity {
  const gone = new Set(change.unset);
  const fields = Object.entries({ ...entity, ...change.set }).filter(([field]) => !gone.has(field));
  return { ...Object.fromEntries(fields), version: change.version } as Entity;
}
