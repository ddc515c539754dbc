import { INTERNALS } from "../connection/internals.ts";
import { isHoldfastError } from "../errors.ts";
import type { Session } from "../protocol/index.ts";
import { createNodeClient, type NodeClientOptions } from "./node-client.ts";
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
  /** Ends every program (SIGHUP), waits until the server knows, and disconnects. */
  close(): Promise<void>;
}

/** More programs than this at once are left for another spawner. */
const MAX_RUNNING = 100;

/**
 * A spawner: takes the sessions that wait in its project and runs each in a shared terminal.
 * The exit code becomes the session's status: 0 is completed, anything else failed.
 */
export function createAgent(options: AgentOptions): Agent {
  const { commands = {}, allowAny = false, onLine = () => {} } = options;
  const running = new Map<string, SharedTerminal>();
  const ended = new Set<Promise<unknown>>();
  let isClosing = false;

  const client = createNodeClient({ ...options, agentId: `agent-${process.pid}-${Date.now().toString(36)}` });
  const link = client[INTERNALS].link("/cli");

  /** `undefined`: not ours to run. */
  const programOf = (session: Session): readonly [string, readonly string[]] | undefined => {
    const wanted = session["command"] ?? "shell";
    if (typeof wanted !== "string") return undefined;
    const line = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
    if (line !== undefined) return ["/bin/sh", ["-c", line]];
    if (wanted === "shell") return [process.env["SHELL"] ?? "bash", []];
    return allowAny ? ["/bin/sh", ["-c", wanted]] : undefined;
  };

  const run = async (session: Session, file: string, args: readonly string[]): Promise<void> => {
    const own = createNodeClient({ ...options, sessionId: session.id });
    const report = (type: "completed" | "failed", message: string): Promise<unknown> =>
      own[INTERNALS].link("/cli").request("session:report", { type, message });
    try {
      void own.connect().catch(() => {});
      const shared = shareTerminal(own, {
        sessionId: session.id,
        projectId: options.projectId,
        file,
        args,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      running.set(session.id, shared);
      onLine(`${session.id}: started, pid ${shared.pid}`);
      const { exitCode } = await shared.exited;
      onLine(`${session.id}: ended with code ${exitCode}`);
      if (!isClosing) await report(exitCode === 0 ? "completed" : "failed", `exit code ${exitCode}`);
    } catch (error) {
      onLine(`${session.id}: ${String(error)}`);
      await report("failed", String(error)).catch(() => {});
    } finally {
      running.delete(session.id);
      void own.close();
    }
  };

  const take = async (session: Session): Promise<void> => {
    if (isClosing || session.status !== "spawning" || running.has(session.id)) return;
    if (running.size >= MAX_RUNNING)
      return onLine(`${session.id}: left, ${MAX_RUNNING} programs run here already`);
    const program = programOf(session);
    if (program === undefined)
      return onLine(`${session.id}: left, command "${String(session["command"])}" is not allowed`);
    try {
      await link.request("session:take", { sessionId: session.id });
    } catch (error) {
      // Another spawner was faster, or it no longer waits.
      if (!isHoldfastError(error, "CONFLICT") && !isHoldfastError(error, "NOT_FOUND")) onLine(String(error));
      return;
    }
    const end = run(session, ...program);
    ended.add(end);
    void end.finally(() => ended.delete(end));
  };

  const takeWaiting = (): void => {
    for (const session of client.sessions.list()) void take(session);
  };
  client.sessions.subscribe(takeWaiting);
  client.connect().catch((error: unknown) => onLine(`not connected: ${String(error)}`));

  return {
    get running() {
      return [...running.keys()];
    },
    async close() {
      isClosing = true;
      for (const shared of running.values()) shared.kill();
      await Promise.all(ended);
      await client.close();
    },
  };
}
