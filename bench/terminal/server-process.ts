import { startActor } from "../actor.ts";
import type { ServerKind, Usage } from "./server.ts";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** @param collect collects garbage first */
  usage(collect?: boolean): Promise<Usage>;
  end(): void;
}

/** `PROFILE=FOLDER` writes its CPU profile there. */
export async function startServer(kind: ServerKind, terminalLimits: object = {}): Promise<ServerProcess> {
  const folder = process.env["PROFILE"];
  const profiling = folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const actor = startActor(new URL("./server.ts", import.meta.url), [kind], ["--expose-gc", ...profiling]);
  const port = await actor.ask<number>("start", kind, terminalLimits);
  return {
    port,
    usage: (collect = false) => actor.ask<Usage>("usage", collect),
    end: actor.end,
  };
}
