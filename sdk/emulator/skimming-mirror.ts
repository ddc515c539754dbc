import type { Mirror } from "./mirror-contract.ts";
import { createSkimmer } from "./skimmer.ts";

/**
 * A mirror that gives another only what can still be seen of plain output (`skimmer.ts`), and that when somebody looks
 * or when other output comes.
 */
export function createSkimmingMirror(inner: Mirror, { scrollback }: { readonly scrollback: number }): Mirror {
  const skimmer = createSkimmer(scrollback);
  /** What the stream is ahead of what the other was given. */
  let ahead = 0;
  let pending = 0;
  skimmer.restart(inner.isPlain, inner.rows);

  /** Follows a call of the other mirror: what state it is in is known when nothing is under way. */
  async function settled(work: Promise<unknown>): Promise<void> {
    pending += 1;
    try {
      await work;
    } finally {
      pending -= 1;
      if (pending === 0) skimmer.restart(inner.isPlain, inner.rows);
    }
  }

  /** Gives what was held back, then does `then`; the other keeps the order. */
  function after<T>(then: () => Promise<T>): Promise<void> {
    const work: Promise<unknown>[] = [];
    for (let held = skimmer.shift(); held; held = skimmer.shift()) {
      ahead -= held.length;
      work.push(inner.write(held));
    }
    skimmer.restart(false, inner.rows);
    work.push(then());
    return settled(Promise.all(work));
  }

  return {
    get cols() {
      return inner.cols;
    },
    get rows() {
      return inner.rows;
    },
    get offset() {
      return inner.offset + ahead;
    },
    get isPlain() {
      return inner.isPlain && skimmer.isEmpty;
    },
    async write(bytes) {
      if (skimmer.take(bytes)) ahead += bytes.length;
      else await after(() => inner.write(bytes));
    },
    resize: (cols, rows) => after(() => inner.resize(cols, rows)),
    async snapshot(options) {
      if (!skimmer.isEmpty) await after(async () => undefined);
      const state = await inner.snapshot(options);
      return { ...state, offset: state.offset + ahead };
    },
    async restore(snapshot) {
      await after(() => inner.restore(snapshot));
      ahead = 0;
    },
    dispose() {
      skimmer.restart(false, inner.rows);
      inner.dispose();
    },
  };
}
