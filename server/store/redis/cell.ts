import type { Entity } from "../../../sdk/protocol/index.ts";
import type { Answer } from "../store.ts";

/**
 * Something of a project as a node knows it; that something is not there is knowledge too. Cells have names:
 * the kind, a space, and what it is of.
 */
export type Cell =
  | { readonly kind: "entity"; readonly entity: Entity | undefined }
  | { readonly kind: "register"; readonly value: unknown }
  | { readonly kind: "claims"; readonly taskIds: readonly string[] }
  | { readonly kind: "oldest"; readonly id: string | undefined }
  | OwnerCell
  | { readonly kind: "answer"; readonly answer: Answer | undefined }
  | { readonly kind: "place"; readonly projectId: string | undefined };

/** Which answers somebody has: a key that is not among them has none. */
export interface OwnerCell {
  readonly kind: "owner";
  readonly highest: number;
  readonly highestAt: number;
  /** `undefined` when they are too many to know. May name some that are gone. */
  readonly names: Set<string> | undefined;
  /** Tells this state of the owner from others, so that answers read under it are not taken for those of another. */
  readonly stamp: string;
}

export type CellKind = Cell["kind"];
export type CellOf<K extends CellKind> = Extract<Cell, { readonly kind: K }>;

/** Names of answers known of one owner; beyond that each is looked up when asked for. */
export const NAMES_KNOWN = 256;

export const cellName = {
  entity: (name: string): string => `entity ${name}`,
  register: (name: string): string => `register ${name}`,
  claims: (sessionId: string): string => `claims ${sessionId}`,
  oldest: (collection: string): string => `oldest ${collection}`,
  owner: (owner: string): string => `owner ${owner}`,
  answer: (owner: string, stamp: string, key: string): string => `answer ${owner} ${stamp} ${key}`,
  place: (sessionId: string): string => `place ${sessionId}`,
};

/** Where an entity stands in the keys of its project. No collection and no id holds a space. */
export function entityName(collection: string, id: string): string {
  return `${collection} ${id}`;
}

/** What a list of names takes, roughly. */
export function bytesOf({ names }: OwnerCell): number {
  return NAME_BYTES * (names?.size ?? 0);
}

export const NAME_BYTES = 40;
