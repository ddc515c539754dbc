import type { Clock } from "../../../server/core/ports/clock.ts";
import type { Kinds } from "../../../server/core/state/kinds.ts";
import type { TraceEntry, TraceExport } from "../../trace/create-trace.ts";
import type { Faults } from "../faults.ts";
import type { MemoryNetwork } from "../memory-transport.ts";
import type { MockProject } from "../second-user/mock-project.ts";
import { at, textAt } from "../suite/read.ts";
import { createProjectWriter, type ProjectWriterDeps } from "./project-writer.ts";
import { createReportReplay } from "./report-replay.ts";
import { createTerminalReplay } from "./terminal-replay.ts";

export interface ReplayReport {
  /** Entries that made the mock do something. */
  readonly replayed: number;
  /** What the mock could not repeat, and why. */
  readonly left: readonly { readonly n: number; readonly name: string; readonly why: string }[];
}

export interface ReplayDeps extends Omit<ProjectWriterDeps, "kinds"> {
  readonly kinds: Kinds;
  readonly projectId: string;
  readonly project: Pick<MockProject, "publish" | "focus" | "bootstrap" | "terminal">;
  /** A network without faults. */
  readonly network: MemoryNetwork;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly batchMs: number;
  /** Resolves once a client is connected to the project. */
  connected(): Promise<void>;
}

/** Beside these, a client says in its trace what it decided, which it will decide again. */
const FRAMES: ReadonlySet<string> = new Set(["in", "ack"]);
/** Namespaces whose connection is not the client's own. */
const BESIDE: ReadonlySet<unknown> = new Set(["/terminal", "/"]);

/** Makes a mock do what the server did whose frames a client recorded. @throws Error for a trace without payloads */
export async function replayTrace(trace: TraceExport, deps: ReplayDeps): Promise<ReplayReport> {
  const { project, faults, clock } = deps;
  const frames = trace.entries.filter(({ kind }) => FRAMES.has(kind));
  if (!frames.some(({ payload }) => payload !== undefined)) {
    throw new Error(
      "The trace holds no payloads: record it with createClient({ trace: { payloads: true } }) to replay it",
    );
  }
  const writer = createProjectWriter(deps);
  const terminals = createTerminalReplay(project);
  const reports = createReportReplay(deps.network, deps.projectId);
  const left: { n: number; name: string; why: string }[] = [];
  let replayed = 0;
  let isBatched = false;
  let hasConnected = false;

  /** Domain events may wait for their batch; what is no domain event would overtake them. */
  async function flush(): Promise<void> {
    if (!isBatched) return;
    isBatched = false;
    await new Promise<void>((resolve) => void clock.schedule(deps.batchMs + 1, resolve));
  }

  /** The state that the connection of this entry was told: the first after it, before the connection ended. */
  function stateAfter(entry: TraceEntry): unknown {
    const next = frames.slice(frames.indexOf(entry) + 1);
    const end = next.findIndex(({ name }) => name === "closed");
    return next.slice(0, end === -1 ? undefined : end).find(isState)?.payload;
  }

  async function domain(name: string, envelope: unknown): Promise<boolean> {
    const isDone = writer.event(name, envelope) || (await reports.heard(name, envelope));
    isBatched ||= isDone;
    if (!isDone && !isDerived(name)) throw new Error(`${name} cannot be made by a mock`);
    return true;
  }

  async function play(entry: TraceEntry): Promise<boolean> {
    const { kind, name, detail, payload } = entry;
    const namespace = at(detail, "namespace");
    if (isState(entry)) {
      writer.state(payload);
      isBatched = true;
      return true;
    }
    if (kind === "ack") {
      if (terminals.answered(name, payload)) return true;
      const code = at(detail, "code");
      if (code === undefined) return false;
      throw new Error(`the client was refused ${name}; faults.rejectNext("${String(code)}") does that`);
    }
    if (name === "events") {
      const events = at(payload, "events");
      for (const envelope of Array.isArray(events) ? events : [])
        await domain(textAt(envelope, "event"), envelope);
      return true;
    }
    if (at(payload, "type") === name && at(payload, "seq") !== undefined) return domain(name, payload);
    await flush();
    if (await terminals.heard(name, payload)) return true;
    switch (name) {
      case "connection_status":
        if (BESIDE.has(namespace)) return false;
        // A connection that the recorded client gave up by itself has no end of its own.
        if (hasConnected) faults.offline();
        hasConnected = true;
        writer.state(stateAfter(entry));
        faults.online();
        await deps.connected();
        return true;
      case "closed":
        if (BESIDE.has(namespace)) return false;
        if (at(detail, "kind") === "rejected") {
          // A code of the wire: it came by one.
          const code = (at(detail, "code") ?? "UNAVAILABLE") as Parameters<Faults["rejectNext"]>[0];
          faults.rejectNext(code, { event: "connect", message: String(at(detail, "message")) });
          // It has to reach the mock to be refused.
          faults.online();
          faults.drop();
        } else faults.offline();
        return true;
      case "channel:event":
        await project.publish(textAt(payload, "channel"), at(payload, "data"));
        return true;
      case "focus_update":
        await project.focus(textAt(payload, "sessionId"), at(payload, "focused") === true);
        // It is told with the next batch.
        isBatched = true;
        await flush();
        return true;
      case "bootstrap":
        project.bootstrap(textAt(payload, "slot"), at(payload, "payload"));
        return true;
      case "auth:expired":
        faults.expireTokens();
        return true;
      case "state:reset":
        faults.bumpEpoch(textAt(payload, "projectId"));
        return true;
      default:
        return false;
    }
  }

  for (const entry of frames) {
    try {
      if (await play(entry)) replayed += 1;
    } catch (error) {
      left.push({
        n: entry.n,
        name: entry.name,
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
  await flush();
  reports.close();
  return { replayed, left };
}

/** Events that the server makes by itself after the change they follow from (protocol section 5). */
const isDerived = (name: string): boolean =>
  /^(notify:|task:session_|session:task_|team_member:archived$)/.test(name);

function isState({ kind, name, payload }: TraceEntry): boolean {
  const isAnswer = kind === "in" ? name === "state:synced" : name === "state:sync";
  return isAnswer && at(payload, "success") === true;
}

/** The project that a recording is of. */
export function projectOf({ entries }: TraceExport): string {
  for (const { payload } of entries) {
    const found = at(payload, "focus", "projectId") ?? at(payload, "projectId");
    if (typeof found === "string") return found;
  }
  return "default";
}
