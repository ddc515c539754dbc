import type { Store, View } from "../../store/store.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { Draft } from "./draft.ts";
import type { Kinds } from "./kinds.ts";
import type { PlanDeps } from "./plan.ts";

export interface ChangesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly kinds: Kinds;
  readonly limits: Limits;
  readonly createId: () => string;
  readonly onSessionRemoved: PlanDeps["onSessionRemoved"];
}

/** The one way in which a project changes: a draft, decided in the store's transaction. */
export interface Changes {
  readonly kinds: Kinds;
  /** What planning an operation needs, with an epoch in case the project starts anew. */
  planDeps(): PlanDeps;
  draft(view: View, mutationId?: string): Draft;
  /** Decides a change that needs no answer to be kept. `decide` is pure and may run again. */
  apply<T>(projectId: string, decide: (draft: Draft) => T): Promise<T>;
}

export function createChanges({
  store,
  clock,
  kinds,
  limits,
  createId,
  onSessionRemoved,
}: ChangesDeps): Changes {
  const draft: Changes["draft"] = (view, mutationId) =>
    new Draft(view, { now: clock.now(), limits, ...(mutationId === undefined ? {} : { mutationId }) });
  return {
    kinds,
    planDeps() {
      let epoch: string | undefined;
      return { kinds, newEpoch: () => (epoch ??= createId()), onSessionRemoved };
    },
    draft,
    apply: (projectId, decide) =>
      store.transact(projectId, (view) => {
        const change = draft(view);
        return change.decide(decide(change));
      }),
  };
}
