import { expect } from "vitest";
import type { Position } from "../../sdk/protocol/index.ts";
import type { Store } from "../../server/store/store.ts";
import { type Done, mutate, projectOf, taskOf } from "../store/numbered-work.ts";
import { type FeedWatch, watchFeed } from "./feed-watch.ts";
import { persist } from "./nodes.ts";

/** Numbered mutations from several nodes at once, and what every node hears of them. */
export interface SteadyWork {
  /** Mutations acknowledged so far. */
  readonly acked: readonly Done[];
  readonly watches: readonly FeedWatch[];
  /** Resolves when so many more are acknowledged. */
  more(count: number): Promise<void>;
  /** Lets those under way end and waits until every node has heard all. */
  finish(): Promise<void>;
}

const PROJECTS = ["p0", "p1"];

/** @param inFlight mutations at once on each node; each comes again until it is answered */
export async function startWork(nodes: readonly Store[], inFlight: number): Promise<SteadyWork> {
  const acked: Done[] = [];
  const waiting = new Set<() => void>();
  const starts: Position[] = [];
  for (const id of PROJECTS) starts.push(await (nodes[0] as Store).head(id));
  for (const node of nodes) await Promise.all(PROJECTS.map((id) => node.head(id)));
  const watches = nodes.flatMap((node) => PROJECTS.map((id, at) => watchFeed(node, id, starts[at])));
  let isOver = false;

  async function write(node: Store, owner: string): Promise<void> {
    for (let n = 1; !isOver; n += 1) {
      acked.push(await persist(() => mutate(node, owner, n)));
      for (const look of waiting) look();
    }
  }

  const writers = nodes.flatMap((node, at) =>
    Array.from({ length: inFlight }, (_, index) => write(node, `n${at}.${index}`)),
  );
  const failed = new Promise<never>((_, reject) => {
    for (const writer of writers) writer.catch(reject);
  });
  failed.catch(() => undefined);

  async function heardAll(): Promise<void> {
    for (const [at, watch] of watches.entries()) {
      const { epoch, seq } = await persist(() => (nodes[0] as Store).head(PROJECTS[at % 2] as string));
      await watch.until(
        "a node hears all",
        () => watch.position?.epoch === epoch && watch.position.seq >= seq,
      );
    }
  }

  return {
    acked,
    watches,
    async more(count) {
      const goal = acked.length + count;
      const reached = new Promise<void>((resolve) => {
        const look = (): void => {
          if (acked.length >= goal) resolve();
        };
        waiting.add(look);
        look();
      });
      await Promise.race([reached, failed]);
    },
    async finish() {
      isOver = true;
      await Promise.all(writers);
      await heardAll();
    },
  };
}

/** Whether each acknowledged mutation is there, each once, and the history is numbered without a hole. */
export async function checkWork(store: Store, acked: readonly Done[]): Promise<void> {
  for (const id of PROJECTS) {
    const { position, entities } = await store.snapshot(id);
    const tasks = new Map(entities["tasks"]?.map((task) => [task.id, task]));
    const own = acked.filter(({ n }) => projectOf(n) === id);
    const lost = own.filter(({ owner, n }) => !tasks.has(taskOf(owner, n)));
    expect(lost, "acknowledged and lost").toEqual([]);
    expect(
      [...tasks.values()].filter(({ version }) => version !== 1),
      "applied twice",
    ).toEqual([]);
    expect(tasks.size).toBe(own.length);
    expect(entities["counters"]?.map(({ count }) => count)).toEqual([own.length]);
    const seqs = [...tasks.values()].map(({ seq }) => seq).sort((x, y) => x - y);
    expect(seqs, "a hole in the numbers").toEqual(seqs.map((_, at) => 2 * at + 1));
    expect(position.seq).toBe(2 * own.length);
  }
}
