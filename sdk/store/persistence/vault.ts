import type { Entity, Position } from "../../protocol/index.ts";
import type { KeptWrite } from "./persistence.ts";

/** Entities of a collection whose ids fall together: written as one, so that a snapshot is few records. */
export interface Bucket {
  readonly collection: string;
  readonly bucket: number;
  readonly entities: readonly Entity[];
}

export interface KeptBase {
  readonly position: Position;
  readonly buckets: readonly Bucket[];
  /** Tells one state of the base from every other. */
  readonly stamp: string;
}

export interface BaseWrite {
  readonly position: Position;
  readonly buckets: readonly Bucket[];
  /** Stamp of the state that the buckets change; `undefined`: they are all there is. */
  readonly on: string | undefined;
  /** Stamp of the state that results. */
  readonly stamp: string;
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
   * `false` when the base is not in the state the write builds on, since somebody else wrote it: then the base is left
   * alone, and pending writes are kept all the same.
   */
  write(scope: string, change: VaultWrite): Promise<boolean>;
  /** Forgets the base, to make room or because it cannot be read. */
  clearBase(scope: string): Promise<void>;
  close(): void;
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
}
