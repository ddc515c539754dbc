import { z } from "zod";
import { createNodeClient } from "../../sdk/agent/node-client.ts";
import { shareTerminal } from "../../sdk/agent/share-terminal.ts";
import { idSchema } from "../../sdk/protocol/index.ts";
import { defineCommand } from "./command.ts";
import { connectionFlags } from "./connection-flags.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one program in a shared terminal, in the foreground of this one. */
export const command = defineCommand({
  name: "share",
  summary: "runs a command in a terminal that others see and type into",
  examples: [
    { line: "holdfast share --project p1 --session s1 -- bash", does: "a shell" },
    {
      line: "holdfast share --project p1 --session build --read-only -- npm run dev",
      does: "to be watched only",
    },
  ],
  flags: z.object({
    ...connectionFlags,
    session: idSchema.meta({
      value: "ID",
      description: "session whose terminal it is; made when it is not there",
    }),
    title: z
      .string()
      .min(1)
      .optional()
      .meta({ value: "TEXT", description: "name of a session that is made" }),
    readOnly: z.boolean().default(false).meta({ description: "nobody else may type or resize" }),
  }),
  rest: "COMMAND...",
  async run({ flags, rest, stderr }) {
    const [file, ...args] = rest;
    if (file === undefined) throw new UsageError("the command is missing: write it after --, as in -- bash");
    const { url, token, project, session, title, readOnly } = flags;
    const client = createNodeClient({
      url,
      ...(token === undefined ? {} : { token }),
      projectId: project,
      sessionId: session,
    });
    let said: string | undefined;
    const say = (text: string): void => {
      // Within a program's screen nothing of ours is ever printed; without one, each change once.
      if (process.stdout.isTTY || text === said) return;
      said = text;
      stderr.write(`holdfast share: ${text}\n`);
    };
    const shared = shareTerminal(client, {
      sessionId: session,
      projectId: project,
      file,
      args,
      readOnly,
      isShownHere: true,
      ...(title === undefined ? {} : { title }),
    });
    shared.subscribe(() => {
      const state = shared.getSnapshot();
      if (state.name === "refused") say(`refused: ${state.error.message}`);
      else if (state.name !== "registering") say(state.name);
    });
    const end = (): void => shared.kill("SIGHUP");
    process.on("SIGTERM", end);
    process.on("SIGHUP", end);
    client.connect().catch((error: unknown) => say(`not shared: ${String(error)}`));
    const { exitCode } = await shared.exited;
    process.off("SIGTERM", end);
    process.off("SIGHUP", end);
    await client.close();
    return exitCode;
  },
});
