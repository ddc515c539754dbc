import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { createNodeClient } from "../../sdk/agent/node-client.ts";
import { watchWorkspace } from "../../sdk/agent/workspace/watch-workspace.ts";
import { isHoldfastError } from "../../sdk/errors.ts";
import type { Client } from "../../sdk/interface.ts";
import { untilSignal } from "../lifecycle.ts";
import { defineCommand } from "./command.ts";
import { connectionFlags } from "./connection-flags.ts";
import { UsageError } from "./usage-error.ts";
import { createEventLines, describeWorkspace } from "./watch-lines.ts";

/** Tells a project what happens in a folder, until it is told to stop. */
export const command = defineCommand({
  name: "watch",
  summary: "tells a project what happens in a folder: saves, git, diagnostics; answers searches",
  examples: [
    { line: "holdfast watch . --project p1", does: "this folder, for the pages and tools of p1" },
    {
      line: "holdfast watch app --project p1 --resource shop --no-diagnostics",
      does: "for those of resource shop only, without running tsc",
    },
  ],
  positional: ["DIR"],
  flags: z.object({
    ...connectionFlags,
    resource: z.string().min(1).max(500).optional().meta({
      value: "GUID",
      description: "who hears the saves: pages and tools registered for it",
      shown: "the project",
    }),
    git: z
      .boolean()
      .default(true)
      .meta({ description: "tell branches, commits, stages, merges and conflicts; --no-git does not" }),
    diagnostics: z.boolean().default(true).meta({
      description:
        "run tsc --watch where DIR has a tsconfig.json and a TypeScript; --no-diagnostics does not",
    }),
  }),
  async run({ flags, positional: [given = ""], stdout, stderr }) {
    const { url, token, project, resource, git, diagnostics } = flags;
    const folder = resolve(given);
    const stats = await stat(folder).catch(() => undefined);
    if (stats?.isDirectory() !== true)
      throw new UsageError(`"${given}" is no folder; name one that is there`);
    let told: string | undefined;
    const tell = (text: string): void => {
      // A viewer is refused at every save: said once.
      if (text !== told) stderr.write(`holdfast watch: ${text}\n`);
      told = text;
    };
    const say = (line: string): void => void stdout.write(`${line}\n`);
    const client = createNodeClient({
      ...{ url, projectId: project, agentId: `watch-${process.pid}-${Date.now().toString(36)}` },
      ...(token === undefined ? {} : { token }),
    });
    client.onError((error) => tell(textOf(error)));
    const lines = createEventLines(say);
    const stopped = new Promise<number>((end) => {
      void untilSignal({ signals: process, shutdown: async () => end(0) });
    });
    const failed = tellConnection(client, tell);
    const watching = watchWorkspace(client, {
      ...{ folder, git, diagnostics, onEvent: lines.hear },
      ...(resource === undefined ? {} : { resource }),
    });
    try {
      const workspace = await watching;
      say(describeWorkspace(folder, workspace));
      const code = await Promise.race([stopped, failed]);
      await workspace.close();
      return code;
    } finally {
      lines.flush();
      await client.close();
    }
  },
});

/** Says when the server comes and goes. Resolves with the exit code once it refused for good. */
function tellConnection(client: Client, tell: (text: string) => void): Promise<number> {
  client.status.subscribe(() => {
    const status = client.status.getSnapshot();
    const error = status.name === "waiting" ? status.error?.message : undefined;
    const line =
      status.name === "live"
        ? "connected"
        : error !== undefined || status.name === "offline"
          ? `not connected: ${error ?? "offline"}; changes are told once it is back`
          : undefined;
    if (line !== undefined) tell(line);
  });
  return new Promise((resolve) => {
    client.connect().catch((error: unknown) => {
      if (isHoldfastError(error, "CLOSED")) return;
      tell(textOf(error));
      resolve(1);
    });
  });
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ");
}
