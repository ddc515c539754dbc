import type { Entity, Envelope } from "../../sdk/protocol/index.ts";

/** A task as the server has it; `version` and `seq` default to 1. */
export function anEntity(id: string, fields: Readonly<Record<string, unknown>> = {}): Entity {
  return { id, projectId: "p1", version: 1, seq: 1, createdAt: 1, updatedAt: 1, ...fields };
}

export function anEvent(
  event: string,
  seq: number,
  data: unknown,
  more: Partial<Envelope> = {},
): Envelope & { readonly seq: number } {
  return { type: event, event, data, timestamp: 1_000, projectId: "p1", epoch: "e1", seq, ...more };
}

/** One collection's entities as a batch of the store takes them. */
export function base(
  collection: string,
  ...entities: readonly (Entity | { readonly id: string; readonly gone: true })[]
): Map<string, Map<string, Entity | null>> {
  return new Map([
    [
      collection,
      new Map(entities.map((entity) => [entity.id, "gone" in entity ? null : (entity as Entity)])),
    ],
  ]);
}

export const GONE = (id: string): { readonly id: string; readonly gone: true } => ({ id, gone: true });
