import { randomUUID } from "node:crypto";
import { ask } from "../../gateway/running-server.ts";
import { randomFrom } from "../../store/seed.ts";
import { elapse } from "../../support/elapse.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import type { Cluster } from "./cluster.ts";
import { type SeqWitness, watchSeq } from "./seq-witness.ts";
import { shareAmong, type TerminalOutcome } from "./shared-terminal.ts";
import { openReader, startWriter, type TaskState, type Writer } from "./writer.ts";

export interface Play {
  /** How long writers write, in milliseconds. */
  readonly durationMs: number;
  /** Time from the end of one fault to the next, in milliseconds. */
  readonly everyMs: number;
  /** Does it and puts it right again. */
  readonly fault?: (cluster: Cluster, turn: number) => Promise<void>;
  /** Writers go on until more than so many writes were acknowledged, however slow the machine; default 0. */
  readonly leastWrites?: number;
  /** Redis forgets by design: what it lost was acknowledged. */
  readonly mayLose?: boolean;
  /** Of what the terminal's program prints, and of who types what when. */
  readonly seed: number;
}

/** What the table of faults says of one run. */
export interface Outcome {
  readonly injected: number;
  readonly acknowledged: number;
  readonly appliedTwice: readonly string[];
  readonly lost: number;
  readonly violations: readonly string[];
  /** Clients that hold what the servers hold, of how many. */
  readonly converged: string;
  readonly failures: readonly unknown[];
  /** Whole states that witnesses were given after their first. */
  readonly snapshots: number;
  readonly connections: number;
  readonly terminal: TerminalOutcome;
}

const WRITERS = 3;
const WITNESSES = 6;
const READERS = 2;
const EVENTS = ["task", "session"].flatMap((kind) =>
  ["created", "updated", "deleted"].map((what) => `${kind}:${what}`),
);

const shape = ({ id, title, version }: TaskState): string => `${id} ${title} ${version}`;
const sorted = (tasks: readonly TaskState[]): string => tasks.map(shape).sort().join("\n");

/** Writers write, witnesses watch, things break; then what is there is held against what was promised. */
export async function play(
  cluster: Cluster,
  { durationMs, everyMs, fault, leastWrites = 0, mayLose = false, seed }: Play,
): Promise<Outcome> {
  const { url, nodes } = cluster;
  const projectId = `p-${randomUUID()}`;
  const failures: unknown[] = [];
  const readers = Array.from({ length: READERS }, () =>
    openReader(url, projectId, (error) => failures.push(error)),
  );
  // One on each server for the whole time, as far as it lives, and as many where the balancer puts them.
  const witnesses = Array.from({ length: WITNESSES }, (_, index) =>
    watchSeq(nodes[index]?.url ?? url, projectId, EVENTS),
  );
  const writers = Array.from({ length: WRITERS }, (_, index) =>
    startWriter(url, projectId, `w${index}`, mayLose),
  );
  const shared = shareAmong(cluster, projectId, { seed, random: randomFrom(seed) }, (error) =>
    failures.push(error),
  );
  await shared.begin();
  let injected = 0;
  const until = performance.now() + durationMs;
  while (performance.now() < until) {
    await elapse(Math.min(everyMs, Math.max(0, until - performance.now())));
    if (fault === undefined || performance.now() >= until) continue;
    await fault(cluster, injected);
    injected += 1;
  }
  const late = performance.now() + PATIENCE_MS;
  while (acknowledgedOf(writers) <= leastWrites && performance.now() < late) await elapse(50);
  const unanswered = [...writers, shared].map((one) => one.stop());
  await within(2 * PATIENCE_MS, Promise.all(unanswered), "writers have unanswered writes");

  const server = await settled(nodes[0]?.url ?? url, projectId, witnesses);
  const clients = [...readers, ...writers.map(({ client }) => client)];
  const wanted = sorted(server.items);
  let equal = 0;
  const lateToHold = performance.now() + PATIENCE_MS;
  for (const client of clients) {
    while (sorted(client.tasks.list()) !== wanted && performance.now() < lateToHold) await elapse(50);
    if (sorted(client.tasks.list()) === wanted) equal += 1;
  }
  const terminal = await shared.judge();
  await shared.close();
  for (const client of clients) await client.close();
  for (const witness of witnesses) {
    witness.close();
    const { position } = witness;
    if (position?.epoch === server.epoch && position.seq === server.seq) equal += 1;
  }
  return {
    injected,
    ...judge(server.items, writers, mayLose),
    violations: witnesses.flatMap(({ violations }) => violations),
    converged: `${equal}/${clients.length + witnesses.length}`,
    failures: [...failures, ...writers.flatMap(({ written }) => written.failures)],
    snapshots: witnesses.reduce((sum, { snapshots }) => sum + snapshots, 0),
    connections: witnesses.reduce((sum, { connections }) => sum + connections, 0),
    terminal,
  };
}

interface State {
  readonly items: readonly TaskState[];
  readonly epoch: string;
  readonly seq: number;
}

/** What the servers hold once all witnesses hold it too, or cannot be expected to any more. */
async function settled(url: string, projectId: string, witnesses: readonly SeqWitness[]): Promise<State> {
  const late = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(`${url}/api/tasks?projectId=${projectId}`).catch(() => undefined);
    if (answer?.status === 200) {
      const state = answer.json<State>();
      const isHeld = witnesses.every(
        ({ position }) => position?.epoch === state.epoch && position.seq === state.seq,
      );
      if (isHeld || performance.now() > late) return state;
    } else if (performance.now() > late + PATIENCE_MS) throw new Error(`no state: ${answer?.text}`);
    await elapse(100);
  }
}

const acknowledgedOf = (writers: readonly Writer[]): number =>
  writers.reduce((sum, { written: { made, counter } }) => sum + made.size + counter.acknowledged, 0);

function judge(items: readonly TaskState[], writers: readonly Writer[], mayLose: boolean) {
  const byId = new Map(items.map((task) => [task.id, task]));
  const appliedTwice: string[] = [];
  let lost = 0;
  for (const { written } of writers) {
    const { made, counter } = written;
    for (const id of made) if (!byId.has(id)) lost += 1;
    const kept = byId.get(counter.id);
    if (kept === undefined || Number(kept.title) < counter.acknowledged) lost += 1;
    // Each edit was one version; what Redis forgot left none.
    const edits = (kept?.version ?? 1) - 1;
    if (edits > counter.asked || (!mayLose && edits !== counter.asked))
      appliedTwice.push(`${counter.id}: ${edits} edits of ${counter.asked}`);
  }
  for (const { id, version } of items)
    if (!id.endsWith("-counter") && version !== 1) appliedTwice.push(`${id} has version ${version}`);
  return { acknowledged: acknowledgedOf(writers), appliedTwice, lost };
}

async function within<T>(ms: number, action: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), ms);
  });
  return Promise.race([action, late]).finally(() => clearTimeout(timer));
}
