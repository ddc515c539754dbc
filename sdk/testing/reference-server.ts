import { dropFocus } from "../../server/core/focus/focus.ts";
import { createHub, type Hub } from "../../server/core/hub.ts";
import { limitsFrom } from "../../server/core/limits.ts";
import { serverOperation } from "../../server/core/mutations/server-operation.ts";
import type { Clock } from "../../server/core/ports/clock.ts";
import type { RateLimiter } from "../../server/core/ports/rate-limiter.ts";
import { createChanges } from "../../server/core/state/changes.ts";
import { createKinds } from "../../server/core/state/kinds.ts";
import type { Operation } from "../../server/core/state/operation.ts";
import { plan } from "../../server/core/state/plan.ts";
import type { Entity } from "../protocol/index.ts";
import type { MockAuthenticator } from "./mock-auth.ts";
import type { MockOptions } from "./mock-options.ts";
import { readable, type SeedValues, seedOperations } from "./seed-project.ts";
import { createTransparentStore, type TransparentStore } from "./transparent-store.ts";

export interface ReferenceServerDeps {
  readonly options: MockOptions;
  readonly clock: Clock;
  readonly authenticator: MockAuthenticator;
  readonly rateLimiter: RateLimiter;
  readonly random: () => number;
  readonly createId: () => string;
  readonly onError: (error: Error) => void;
}

/** The server's own core over a store in memory, with what a test does to a server. */
export interface ReferenceServer {
  readonly hub: Hub;
  readonly store: TransparentStore;
  /** Carries out a change as the server itself, at once. @throws Error that says which rule it breaks */
  change(projectId: string, operation: Operation): Entity | null;
  /** Another process over the same data, or over what was there at the start. Call when nobody is connected. */
  restart(keepData: boolean): void;
  close(): Promise<void>;
}

export function createReferenceServer(deps: ReferenceServerDeps): ReferenceServer {
  const { options, clock, createId, onError } = deps;
  const kinds = createKinds(options.collections);
  const limits = limitsFrom(options.limits);
  const ignore = (): void => undefined;
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields: Readonly<Record<string, unknown>>, message: string) =>
      onError(new Error(`The mock server failed: ${message}`, { cause: fields["err"] })),
  };

  function openStore(): TransparentStore {
    return createTransparentStore({
      createEpoch: createId,
      now: clock.now,
      onError: (error) => onError(error instanceof Error ? error : new Error(String(error))),
    });
  }

  function openHub(): Hub {
    const { collections, bootstrapSlots, emulator } = options;
    const { authenticator, random, rateLimiter } = deps;
    const hub = createHub({
      ...{ store, clock, log, createId, random, authenticator, rateLimiter },
      ...{ limits: options.limits, collections, bootstrapSlots, emulator },
    });
    hub.adoptOrphans().catch(onError);
    return hub;
  }

  function change(projectId: string, operation: Operation): Entity | null {
    const changes = createChanges({
      ...{ store, clock, kinds, limits, createId },
      onSessionRemoved: (draft, sessionId) => dropFocus(draft, sessionId, limits.maxFocused),
    });
    try {
      const valid = serverOperation(operation);
      return store.decide(projectId, (view) => {
        const draft = changes.draft(view);
        return draft.decide(plan(draft, valid, changes.planDeps()).result);
      });
    } catch (error) {
      throw readable(`${operation.op} ${operation.collection} ${operation.id} in ${projectId}`, error);
    }
  }

  function seed(): void {
    for (const [projectId, values] of Object.entries(options.projects ?? {})) {
      // The types of seeds name the collections; their values are judged by the server's own schemas.
      for (const operation of seedOperations(projectId, values as SeedValues, createId))
        change(projectId, operation);
    }
  }

  let store = openStore();
  seed();
  let hub = openHub();

  return {
    get hub() {
      return hub;
    },
    get store() {
      return store;
    },
    change,
    restart(keepData) {
      hub.close().catch(onError);
      if (!keepData) {
        store = openStore();
        seed();
      }
      hub = openHub();
    },
    async close() {
      await hub.close();
      await store.close();
    },
  };
}
