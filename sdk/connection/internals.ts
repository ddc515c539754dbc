import type { Namespace } from "../protocol/index.ts";
import type { Link } from "./link.ts";

/**
 * Where a client keeps what its own extensions (`holdfast/terminal`, `holdfast/dev`, `holdfast/agent`) hold on to.
 * `Symbol.for`, so that an extension from another bundle finds it.
 */
export const INTERNALS: unique symbol = Symbol.for("holdfast.internals");

export interface ClientInternals {
  /** The link of a namespace; joined when first asked for and kept over reconnects. */
  link(namespace: Namespace): Link;
  now(): number;
  createId(): string;
  /** Runs once after `delayMs`; returns how to cancel. */
  schedule(delayMs: number, task: () => void): () => void;
  onError(error: unknown): void;
  /** Adds an entry to `client.trace`. */
  record(kind: string, name: string, detail?: unknown): void;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/** What extensions need of a client: any object made by `createClient`. */
export interface Extensible {
  readonly [INTERNALS]: ClientInternals;
}
