import type { Decision, Store, View } from "../../server/store/store.ts";
import { edits, put } from "./edits.ts";

/** What one numbered mutation was answered. */
export interface Done {
  readonly projectId: string;
  readonly owner: string;
  readonly n: number;
  readonly seq: number;
  readonly replayed: boolean;
}

/** Mutations go to two projects by turns. */
export const projectOf = (n: number): string => `p${n % 2}`;
export const taskOf = (owner: string, n: number): string => `${owner}.${n}`;

/** Makes a task of its own and counts itself on the project's counter, once for each owner and n, whatever happens. */
export async function mutate(store: Store, owner: string, n: number): Promise<Done> {
  const projectId = projectOf(n);
  const outcome = await store.transact(projectId, (view) => decide(view, owner, n));
  return { projectId, owner, n, ...outcome };
}

function decide(view: View, owner: string, n: number): Decision<Pick<Done, "seq" | "replayed">> {
  const key = String(n);
  const before = view.answer(owner, key);
  // Only the line below writes such answers.
  if (before !== undefined) return { result: { seq: (before.ack as { seq: number }).seq, replayed: true } };
  if (view.highest(owner) >= n) throw new Error(`the answer of ${owner} ${n} is lost`);
  const seq = view.head.seq + 2;
  const count = Number(view.entity("counters", "all")?.["count"] ?? 0) + 1;
  const steps = [put("tasks", taskOf(owner, n), { owner, n }), put("counters", "all", { count })];
  const answer = { owner, key, n, fingerprint: key, ack: { seq }, at: Date.now() };
  return { ...edits(steps, { answer })(view), result: { seq, replayed: false } };
}
