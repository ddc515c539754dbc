import type { Part } from "./connection/part.ts";
import type { PendingMutations } from "./mutations/index.ts";
import type { Source } from "./util/source.ts";

/** Has the browser ask before a page is left with writes the server has not taken. Listens only while there are some. */
export function createLeaveWarning(mutations: Source<PendingMutations>): Part {
  // Asked for by `preventDefault` today and by `returnValue` before; what it says is the browser's own text.
  const ask = (event: Event): void => {
    event.preventDefault();
    Object.assign(event, { returnValue: true });
  };
  // Either is harmless when repeated.
  const listen = (isWanted: boolean): void =>
    globalThis[isWanted ? "addEventListener" : "removeEventListener"]?.("beforeunload", ask);
  const unsubscribe = mutations.subscribe(() => listen(mutations.getSnapshot().pending.length > 0));
  return {
    dispose() {
      unsubscribe();
      listen(false);
    },
  };
}
