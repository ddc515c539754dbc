import type { Entity, Position } from "../../protocol/index.ts";
import type { Batch } from "../batch.ts";
import type { KeptBase } from "./vault.ts";

/** What a keeper wrote, as the store takes it. */
export interface ReadableBase {
  readonly batch: Batch & { readonly position: Position };
  readonly entities: number;
}

/** @throws Error when it is not what a keeper wrote */
export function readBase({ position, buckets }: KeptBase): ReadableBase {
  const { epoch, seq } = position;
  if (typeof epoch !== "string" || !Number.isInteger(seq)) throw new Error("what is kept has no position");
  const replace = new Map<string, Map<string, Entity>>();
  let entities = 0;
  for (const { collection, entities: list } of buckets) {
    const table = replace.get(collection) ?? new Map<string, Entity>();
    replace.set(collection, table);
    for (const entity of list) {
      if (typeof entity?.id !== "string" || !Number.isInteger(entity.version)) {
        throw new Error(`what is kept of ${collection} is no entity`);
      }
      table.set(entity.id, entity);
      entities += 1;
    }
  }
  return { batch: { replace, position: { epoch, seq } }, entities };
}
