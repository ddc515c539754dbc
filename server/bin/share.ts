import { z } from "zod";
import { createNodeClient } from "../../sdk/agent/node-client.ts";
import { createReporter } from "../../sdk/agent/report.ts";
import { ProgramError } from "../../sdk/agent/require-program.ts";
import { type SharedTerminal, shareTerminal } from "../../sdk/agent/share-terminal.ts";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import { isHoldfastError } from "../../sdk/errors.ts";
import { idSchema } from "../../sdk/protocol/index.ts";
import { defineCommand } from "./command.ts";
import { connectionFlags } from "./connection-flags.ts";
import { UsageError } from "./usage-error.ts";

/** A closed window, an operator, ^C where there is no terminal to take it: the program ends as with its terminal. */
const ENDS = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

/** How long the end may take to be told; the program is gone, and somebody waits for the prompt. */
const REPORT_MS = 2_000;

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
    const tell = (text: string): void => void stderr.write(`holdfast share: ${text}\n`);
    let said: string | undefined;
    const say = (text: string): void => {
      if (text === said) return;
      said = text;
      // Within a program's screen nothing of ours is ever printed.
      if (!process.stdout.isTTY) tell(text);
    };
    let shared: SharedTerminal;
    try {
      shared = shareTerminal(client, {
        sessionId: session,
        projectId: project,
        file,
        args,
        readOnly,
        isShownHere: true,
        ...(title === undefined ? {} : { title }),
      });
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      tell(error.message);
      return error.exitCode;
    }
    let wasShared = false;
    shared.subscribe(() => {
      const state = shared.getSnapshot();
      wasShared ||= state.name === "sharing";
      if (state.name === "removed") say("the session was deleted; this is no longer shared");
      else if (state.name === "refused") say(`refused: ${state.error.message}`);
      else if (state.name !== "registering") say(state.name);
    });
    const end = (): void => shared.kill();
    for (const signal of ENDS) process.on(signal, end);
    client.connect().catch((error: unknown) => {
      if (!isHoldfastError(error, "CLOSED")) say(error instanceof Error ? error.message : String(error));
    });
    const { exitCode } = await shared.exited;
    for (const signal of ENDS) process.off(signal, end);
    if (shared.getSnapshot().name === "ended") {
      const report = createReporter(client[INTERNALS]);
      // Who is not told takes the end of the terminal for an answer.
      await report(exitCode === 0 ? "completed" : "failed", `exit code ${exitCode}`, REPORT_MS).catch(
        () => {},
      );
    }
    await client.close();
    // Said now that the screen is free again, since nobody could be told before.
    if (!wasShared && process.stdout.isTTY)
      tell(`this was not shared: ${said ?? `no server answered at ${url}`}`);
    return exitCode;
  },
});
