import type { Source } from "../util/source.ts";

/** One entry of `client.trace`. */
export interface Entry {
  readonly n: number;
  readonly at: number;
  readonly kind: string;
  readonly name: string;
  readonly detail?: unknown;
}

/** The fields a state of the connection may have. */
export interface ShownStatus {
  readonly name: string;
  readonly attempt?: number;
  readonly retryAt?: number;
  readonly since?: number;
  readonly latencyMs?: number;
  readonly reason?: string;
  readonly progress?: { readonly done: number; readonly total: number };
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string | undefined };
}

export interface ShownMutation {
  readonly id: string;
  readonly collection: string;
  readonly op: string;
  readonly entityId: string;
  readonly status: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly error?: { readonly code: string };
}

/** What the inspector reads of a client: any object made by `createClient`. It calls nothing that changes it. */
export interface Inspectable {
  readonly clientId: string;
  readonly projectId: string;
  readonly status: Source<ShownStatus>;
  readonly mutations: Source<{ readonly pending: readonly ShownMutation[] }>;
  readonly trace: Source<readonly Entry[]> & { export(): unknown };
}
