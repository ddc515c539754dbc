import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerOf, type Pace, type Usage } from "../server/child.ts";

export type NodeKind = "holdfast" | "sharded-socketio";

/** One of several servers on a Redis, in a process of its own. */
export interface Node {
  readonly port: number;
  /** Makes updates of a project (default `p1`) from inside, evenly; 0 stops. */
  pace(perSecond: number, projectId?: string): void;
  usage(): Promise<Usage>;
  stop(): void;
}

const SCRIPTS: Readonly<Record<NodeKind, string>> = {
  holdfast: "../server/holdfast.ts",
  "sharded-socketio": "../peers/sharded-socketio.mjs",
};

/** @param projects that are updated, by name */
export async function startNode(
  kind: NodeKind,
  redisUrl: string,
  projects: readonly string[] = ["p1"],
): Promise<Node> {
  const child = fork(fileURLToPath(new URL(SCRIPTS[kind], import.meta.url)), [], {
    env: { ...process.env, STORE: redisUrl, REDIS: redisUrl, PROJECTS: projects.join() },
  });
  const port = await answerOf<number>(child);
  return {
    port,
    pace: (perSecond, projectId = "p1") => void child.send({ perSecond, projectId } satisfies Pace),
    usage() {
      const answer = answerOf<Usage>(child);
      child.send(false);
      return answer;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}
