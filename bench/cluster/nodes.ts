import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerOf } from "../server/child.ts";

export type NodeKind = "holdfast" | "sharded-socketio";

/** One of several servers on a Redis, in a process of its own. */
export interface Node {
  readonly port: number;
  /** Makes updates from inside, evenly; 0 stops. */
  pace(perSecond: number): void;
  stop(): void;
}

const SCRIPTS: Readonly<Record<NodeKind, string>> = {
  holdfast: "../server/holdfast.ts",
  "sharded-socketio": "../peers/sharded-socketio.mjs",
};

export async function startNode(kind: NodeKind, redisUrl: string): Promise<Node> {
  const child = fork(fileURLToPath(new URL(SCRIPTS[kind], import.meta.url)), [], {
    env: { ...process.env, STORE: redisUrl, REDIS: redisUrl },
  });
  const port = await answerOf<number>(child);
  return {
    port,
    pace: (perSecond) => void child.send(perSecond),
    stop: () => void child.kill("SIGKILL"),
  };
}
