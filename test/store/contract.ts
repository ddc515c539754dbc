import { describe } from "vitest";
import { describeAnswers } from "./contract/answers.ts";
import { describeCommits } from "./contract/commits.ts";
import { describeCost } from "./contract/cost.ts";
import { describeDeltas } from "./contract/deltas.ts";
import { describeModel } from "./contract/model.ts";
import { describePersistence } from "./contract/persistence.ts";
import { describeReads } from "./contract/reads.ts";
import { describeTransactions } from "./contract/transactions.ts";
import { useStores } from "./contract/use-stores.ts";
import { describeViews } from "./contract/views.ts";
import type { StoreKind } from "./store-place.ts";

/** What every store promises, whatever it is made of. */
export function runStoreContract(name: string, kind: StoreKind): void {
  describe(`the ${name} store`, () => {
    const stores = useStores(kind);
    describeTransactions(stores);
    describeCommits(stores);
    describeViews(stores);
    describeReads(stores);
    describeDeltas(stores);
    describeAnswers(stores);
    describeCost(stores);
    describeModel(stores);
    describePersistence(stores);
  });
}
