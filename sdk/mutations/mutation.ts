import type { HoldfastError } from "../errors.ts";
import type { Entity } from "../protocol/index.ts";
import { createDeferred } from "./deferred.ts";

/**
 * `queued`: not sent on this connection; `sent`: no answer yet; `acknowledged`: the server took it;
 * `synced`: the local base holds it. `rejected` and `discarded` are ends.
 */
export type MutationStatus = "queued" | "sent" | "acknowledged" | "synced" | "rejected" | "discarded";

/** One optimistic write. Neither promise is ever an unhandled rejection. */
export interface Mutation<E extends Entity = Entity> {
  /** `{clientId}:{n}`. */
  readonly id: string;
  readonly entityId: string;
  readonly status: MutationStatus;
  /** Resolves with the entity as the server made it (after `remove`: as it was shown last). */
  readonly acknowledged: Promise<E>;
  /** Resolves with the entity as the base holds it, `null` if it is gone by then. */
  readonly synced: Promise<E | null>;
  /**
   * Takes it off the screen and never sends it (again); both promises reject with `CLOSED`.
   * Does nothing once acknowledged. What was sent already may still be carried out.
   */
  discard(): void;
}

/** The queue's side of a mutation. */
export interface MutationHandle {
  readonly mutation: Mutation;
  status(status: "queued" | "sent"): void;
  /** @param result `undefined` only where nothing was ever shown and the server has no answer to show either. */
  acknowledge(result: Entity | undefined): void;
  sync(entity: Entity | null): void;
  fail(status: "rejected" | "discarded", error: HoldfastError): void;
}

export function createMutationHandle(id: string, entityId: string, discard: () => void): MutationHandle {
  let status: MutationStatus = "queued";
  const acknowledged = createDeferred<Entity | undefined>();
  const synced = createDeferred<Entity | null>();
  const mutation: Mutation = {
    id,
    entityId,
    discard,
    get status() {
      return status;
    },
    get acknowledged() {
      // Every event that makes or changes an entity is answered with it.
      return acknowledged.promise as Promise<Entity>;
    },
    get synced() {
      return synced.promise;
    },
  };
  return {
    mutation,
    status(next) {
      status = next;
    },
    acknowledge(result) {
      if (status !== "queued" && status !== "sent") return;
      status = "acknowledged";
      acknowledged.resolve(result);
    },
    sync(entity) {
      if (status !== "acknowledged") return;
      status = "synced";
      synced.resolve(entity);
    },
    fail(next, error) {
      status = next;
      acknowledged.reject(error);
      synced.reject(error);
    },
  };
}
