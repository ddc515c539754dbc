import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerOf } from "../server/child.ts";
import type { Crowd, Seen } from "../server/fan-out-clients.ts";
import type { Node, NodeKind } from "./nodes.ts";

/** Clients that hear a project's updates, in a process of their own. */
export interface Listeners {
  begin(): void;
  /** What was seen since `begin`. */
  end(): Promise<Seen>;
  stop(): void;
}

export async function startListeners(
  { port }: Node,
  kind: NodeKind,
  projectId: string,
  clients: number,
): Promise<Listeners> {
  const child: ChildProcess = fork(fileURLToPath(new URL("../server/fan-out-clients.ts", import.meta.url)));
  const isOurs = kind === "holdfast";
  const crowd: Crowd = {
    ...{ port, clients, projectId, batch: isOurs },
    kind: isOurs ? "holdfast" : "bare-socketio",
  };
  const ready = answerOf(child);
  child.send(crowd);
  await ready;
  return {
    begin: () => void child.send("begin"),
    end() {
      const seen = answerOf<Seen>(child);
      child.send("end");
      return seen;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}
