import { elapse } from "../../support/elapse.ts";
import type { Cluster } from "./cluster.ts";
import { ownTerminal } from "./owned-terminal.ts";
import { type WatchingTypist, watchAndType } from "./watching-typist.ts";

/** What the table of faults says of the terminal. */
export interface TerminalOutcome {
  /** Viewers whose terminal is the owner's in the end, of how many; and where the others differ. */
  readonly equal: string;
  readonly unlike: readonly string[];
  /** Inputs that the program read. */
  readonly typed: number;
  readonly typedTwice: readonly string[];
  /** Of one viewer. */
  readonly outOfOrder: readonly string[];
  /** Said to have been given up, or given up with others that were. */
  readonly dropped: number;
  /** Said to be typed, and never read. */
  readonly lost: readonly string[];
  /** How often a viewer was drawn anew. */
  readonly redraws: number;
}

/** A terminal whose owner is where the balancer puts it, and viewers on every server. */
export interface SharedTerminal {
  /** Begins to print and type, once all see it. */
  begin(): Promise<void>;
  /** Types nothing more. */
  stop(): Promise<void>;
  judge(): Promise<TerminalOutcome>;
  close(): Promise<void>;
}

const CONVERGE_MS = 40_000;

export function shareAmong(
  { url, nodes }: Cluster,
  projectId: string,
  { seed, random }: { readonly seed: number; readonly random: () => number },
  onError: (error: unknown) => void,
): SharedTerminal {
  const sessionId = `terminal-of-${projectId}`;
  const owned = ownTerminal(url, { projectId, sessionId, seed }, onError);
  const viewers = [...nodes.map((node) => node.url), url].map((at, index) =>
    watchAndType(at, { projectId, sessionId, name: `v${index}` }, random, onError),
  );

  async function unlike(): Promise<readonly string[]> {
    const late = performance.now() + CONVERGE_MS;
    const found = new Map<WatchingTypist, string[]>();
    for (const viewer of viewers) {
      for (;;) {
        const differing = viewer.unlike(owned.screen);
        found.set(viewer, differing);
        if (differing.length === 0 || performance.now() > late) break;
        await elapse(100);
      }
    }
    return [...found].flatMap(([viewer, differing]) =>
      differing.length === 0 ? [] : [`${viewer.state()}: ${differing.join("; ")}`],
    );
  }

  return {
    async begin() {
      await Promise.all(viewers.map((viewer) => viewer.begin()));
      await owned.begin();
    },
    async stop() {
      await Promise.all(viewers.map((viewer) => viewer.stop()));
    },
    async judge() {
      await owned.quiet();
      const differing = await unlike();
      const typed = owned.typed();
      const read = new Set(typed);
      const inputs = viewers.map((viewer) => viewer.inputs);
      return {
        equal: `${viewers.length - differing.length}/${viewers.length}`,
        unlike: differing,
        typed: read.size,
        typedTwice: typed.filter((input, index) => typed.indexOf(input) !== index),
        outOfOrder: viewers.flatMap(({ name }) => outOfOrder(typed, name)),
        dropped: inputs.reduce((sum, { dropped }) => sum + dropped.length, 0),
        lost: inputs.flatMap(({ acknowledged }) => acknowledged.filter((input) => !read.has(input))),
        redraws: viewers.reduce((sum, { redraws }) => sum + redraws, 0),
      };
    },
    async close() {
      await Promise.all(viewers.map((viewer) => viewer.close()));
      await owned.close();
    },
  };
}

function outOfOrder(typed: readonly string[], name: string): readonly string[] {
  const own = typed.filter((input) => input.startsWith(`${name}:`));
  const number = (input: string | undefined): number => Number(input?.split(":")[1] ?? -1);
  return own.filter((input, index) => number(input) < number(own[index - 1]));
}
