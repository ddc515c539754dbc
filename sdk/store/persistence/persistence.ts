import type { Link } from "../../connection/link.ts";
import type { Part } from "../../connection/part.ts";
import type { Store } from "../store.ts";

/** A pending write as it is kept: whoever made it knows the rest. */
export interface KeptWrite {
  readonly id: string;
  /** Of the client object that made it. */
  readonly clientId: string;
  /** Its place among that client's. */
  readonly n: number;
}

/** The queue of pending writes, as far as keeping them needs it. */
export interface KeptQueue {
  /** All that is pending now. */
  stored(): readonly KeptWrite[];
  /** Takes over writes of a client that is gone. */
  adopt(writes: readonly KeptWrite[]): void;
  /** Drops writes from memory: they are another user's, and stay kept for that one. */
  forget(ids: readonly string[]): void;
}

export interface KeepOptions {
  readonly url: string;
  readonly projectId: string;
  readonly clientId: string;
  readonly link: Link;
  readonly store: Store;
  readonly queue: KeptQueue;
  /** Hears what could not be kept or read, and why. */
  onError(error: unknown): void;
  trace?(entry: KeeperTrace): void;
  schedule(delayMs: number, task: () => void): () => void;
}

/** What was kept or found, for `client.trace`. */
export interface KeeperTrace {
  readonly type: "persistence";
  readonly what: "restored" | "empty" | "written" | "adopted" | "failed" | "other user";
  readonly entities?: number;
  readonly writes?: number;
  readonly seq?: number;
}

/** Where pending writes are noted. Everything returns at once; the keeper writes when it can. */
export interface KeptOutbox {
  /** A write was made, or changed by being sent or acknowledged. */
  put(write: KeptWrite): void;
  /**
   * The base holds it. It stays kept until a base that holds it is kept too: else a reload would show neither the write
   * nor its effect.
   */
  settle(write: KeptWrite): void;
  /** It is not to be sent any more. */
  remove(id: string): void;
  /** Resolves once all of it so far is kept, or the device has failed to. Never rejects. */
  kept(): Promise<void>;
}

/**
 * Keeps one client's base, position and pending writes. As a part it comes before all others, so that a change of
 * project finds the old one's state still there.
 */
export interface Keeper extends Omit<Part, "dispose"> {
  readonly outbox: KeptOutbox;
  /** Shows what was kept; to be awaited before the first connect. Never rejects, and gives up after 3 s. */
  restore(): Promise<void>;
  /** Resolves once everything noted so far is kept, or given up. */
  flushed(): Promise<void>;
  /** Resolves once what is left is kept and the client's locks are free, or given up after 3 s. Never rejects. */
  dispose(): Promise<void>;
}

/** Makes keepers; given to `createClient({persistence})`. */
export interface Persistence {
  keep(options: KeepOptions): Keeper;
}
