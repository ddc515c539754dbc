import type { Entity, Position } from "../../protocol/index.ts";
import type { KeptWrite } from "./persistence.ts";

/** Entities of a collection whose ids fall together: written as one, so that a snapshot is few records. */
export interface Bucket {
  readonly collection: string;
  readonly bucket: number;
  readonly entities: readonly Entity[];
}

/** The base at a position. What a position stands for is the same for every tab. */
export interface KeptBase {
  readonly position: Position;
  readonly buckets: readonly Bucket[];
}

export interface BaseWrite extends KeptBase {
  /** The buckets are those that changed since this position; `undefined`: they are all there are. */
  readonly since: Position | undefined;
  /** Epochs known to be past: a base of any other is of somebody who is further than we are. */
  readonly past: ReadonlySet<string>;
}

export interface VaultWrite {
  readonly base?: BaseWrite | undefined;
  readonly put: readonly KeptWrite[];
  readonly remove: readonly string[];
}

/**
 * What keepers need of a place to keep things. `scope` tells one (server, project, user) from another.
 * A write is done whole or not at all.
 */
export interface Vault {
  /** The user last seen at a place (server and project). */
  lastUser(place: string): Promise<string | undefined>;
  setLastUser(place: string, user: string): Promise<void>;
  /** `undefined` when nothing is kept. @throws when what is kept cannot be read */
  base(scope: string): Promise<KeptBase | undefined>;
  /** Pending writes, in any order. */
  writes(scope: string): Promise<readonly KeptWrite[]>;
  /**
   * Writes the base unless another tab has brought it as far already. `false` when what is kept cannot be gone on from:
   * then the base is left alone, and pending writes are kept all the same.
   */
  write(scope: string, change: VaultWrite): Promise<boolean>;
  /** Forgets the base, to make room or because it cannot be read. */
  clearBase(scope: string): Promise<void>;
  close(): void;
}

/** What becomes of a base when a tab wants to write its own. */
export function judgeWrite(kept: Position | undefined, write: BaseWrite): "write" | "newer" | "unfit" {
  const { since, position, past } = write;
  const isSameHistory = kept?.epoch === position.epoch;
  if (kept !== undefined && (isSameHistory ? kept.seq >= position.seq : !past.has(kept.epoch)))
    return "newer";
  if (since === undefined) return "write";
  return isSameHistory && since.epoch === kept.epoch && since.seq <= kept.seq ? "write" : "unfit";
}

/** Opens a vault, and what tabs need to stay out of each other's way. */
export interface VaultDoor {
  /** @param warn hears what was lost on the way, as with an older layout. */
  open(warn: (message: string) => void): Promise<Vault>;
  readonly locks: Locks;
  /** Tells other tabs of a name; hears theirs. */
  channel(scope: string, heard: (name: string) => void): { tell(name: string): void; close(): void };
}

/** The part of Web Locks that is used. */
export interface Locks {
  /**
   * Resolves once held, until `signal` aborts; with `wait: false` resolves `false` when somebody else holds it.
   * Rejects when aborted before.
   */
  hold(name: string, options: { readonly signal: AbortSignal; readonly wait: boolean }): Promise<boolean>;
  isHeld(name: string): Promise<boolean>;
  /** Resolves once all that was let go is free for others: a platform may take a moment. */
  freed(): Promise<unknown>;
}
