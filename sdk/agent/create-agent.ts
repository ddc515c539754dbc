import { INTERNALS } from "../connection/internals.ts";
import { isHoldfastError } from "../errors.ts";
import type { Session } from "../protocol/index.ts";
import { createNodeClient, type NodeClientOptions } from "./node-client.ts";
import { createReporter } from "./report.ts";
import { type SharedTerminal, shareTerminal } from "./share-terminal.ts";

export interface AgentOptions extends Omit<NodeClientOptions, "sessionId" | "agentId"> {
  /** Command lines a spawn may name, run by `sh -c`. `shell` is always there: `$SHELL`, else bash. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Whether a spawn may bring a command line of its own. Default false. */
  readonly allowAny?: boolean;
  readonly cwd?: string;
  /** Hears what happens, a line each. */
  onLine?(line: string): void;
}

export interface Agent {
  /** Sessions that run now. */
  readonly running: readonly string[];
  /** Ends every program (SIGHUP, after 2 s SIGKILL), waits until the server knows, and disconnects. */
  close(): Promise<void>;
}

/** More programs than this at once are left for another spawner. */
const MAX_RUNNING = 100;
const RETRY_MS = 1_000;
const STOPPED = "the agent was stopped";
/** A server that is away this long has marked the session itself: its grace for agents is over. */
const REPORT_MS = 60_000;
/** How long a farewell may take where nobody may be there to hear it. */
const FAREWELL_MS = 3_000;

/**
 * A spawner: takes the sessions that wait in its project and runs each in a shared terminal.
 * The exit code becomes the session's status: 0 is completed, anything else failed; so is one that `close` ended.
 */
export function createAgent(options: AgentOptions): Agent {
  const { commands = {}, allowAny = false, onLine = () => {} } = options;
  const running = new Map<string, SharedTerminal>();
  const ends = new Set<Promise<void>>();
  const asks = new Set<Promise<void>>();
  /** Asked for, and not answered yet. */
  const asking = new Set<string>();
  /** Not for us; forgotten with the end of the wait. */
  const left = new Set<string>();
  let isClosing = false;

  const client = createNodeClient({ ...options, agentId: `agent-${process.pid}-${Date.now().toString(36)}` });
  const link = client[INTERNALS].link("/cli");

  /** `undefined`: not ours to run. */
  const programOf = (session: Session): readonly [string, readonly string[]] | undefined => {
    const wanted = session["command"] ?? "shell";
    if (typeof wanted !== "string") return undefined;
    const line = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
    if (line !== undefined) return ["/bin/sh", ["-c", line]];
    if (wanted === "shell") return [process.env["SHELL"] || "bash", []];
    return allowAny ? ["/bin/sh", ["-c", wanted]] : undefined;
  };

  const run = async (session: Session, file: string, args: readonly string[]): Promise<void> => {
    const own = createNodeClient({ ...options, sessionId: session.id });
    const report = createReporter(own[INTERNALS]);
    own.connect().catch((error: unknown) => onLine(`${session.id}: not connected: ${String(error)}`));
    try {
      if (isClosing) return await report("failed", STOPPED, FAREWELL_MS);
      const shared = shareTerminal(own, {
        sessionId: session.id,
        projectId: options.projectId,
        file,
        args,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      running.set(session.id, shared);
      onLine(`${session.id}: started, pid ${shared.pid}`);
      shared.subscribe(() => {
        if (shared.getSnapshot().name !== "removed") return;
        onLine(`${session.id}: the session was deleted`);
        shared.kill();
      });
      const { exitCode } = await shared.exited;
      onLine(`${session.id}: ended with code ${exitCode}`);
      if (shared.getSnapshot().name === "removed") return;
      if (isClosing) await report("failed", STOPPED, FAREWELL_MS);
      else await report(exitCode === 0 ? "completed" : "failed", `exit code ${exitCode}`, REPORT_MS);
    } catch (error) {
      onLine(`${session.id}: ${String(error)}`);
      if (!running.has(session.id)) await report("failed", String(error), REPORT_MS).catch(() => {});
    } finally {
      running.delete(session.id);
      void own.close();
    }
  };

  const take = async (session: Session): Promise<void> => {
    const { id } = session;
    const program = programOf(session);
    if (program === undefined) {
      left.add(id);
      return onLine(`${id}: left, command "${String(session["command"])}" is not allowed`);
    }
    asking.add(id);
    try {
      await link.request("session:take", { sessionId: id });
      const end = run(session, ...program);
      ends.add(end);
      void end.finally(() => {
        ends.delete(end);
        takeWaiting();
      });
    } catch (error) {
      // Another spawner was faster, or it no longer waits.
      if (isHoldfastError(error, "CONFLICT") || isHoldfastError(error, "NOT_FOUND")) left.add(id);
      // Asked again once connected.
      else if (!isHoldfastError(error, "OFFLINE")) {
        onLine(`${id}: ${String(error)}`);
        client[INTERNALS].schedule(RETRY_MS, takeWaiting);
      }
    } finally {
      asking.delete(id);
    }
  };

  const takeWaiting = (): void => {
    if (isClosing || link.up === undefined) return;
    const waiting = client.sessions.list().filter(({ status }) => status === "spawning");
    for (const id of left) if (!waiting.some((session) => session.id === id)) left.delete(id);
    for (const session of waiting) {
      const { id } = session;
      if (running.size + asking.size >= MAX_RUNNING) return;
      if (running.has(id) || asking.has(id) || left.has(id)) continue;
      const asked = take(session);
      asks.add(asked);
      void asked.finally(() => asks.delete(asked));
    }
  };
  client.sessions.subscribe(takeWaiting);
  // What began to wait while we were away need not change again.
  client.status.subscribe(() => {
    if (client.status.getSnapshot().name === "live") takeWaiting();
  });
  client.connect().catch((error: unknown) => onLine(`not connected: ${String(error)}`));

  return {
    get running() {
      return [...running.keys()];
    },
    async close() {
      isClosing = true;
      for (const shared of running.values()) shared.kill();
      // One that was being taken is given back as failed, not run.
      await Promise.all(asks);
      await Promise.all(ends);
      await client.close();
    },
  };
}
