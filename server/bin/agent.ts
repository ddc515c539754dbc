import { z } from "zod";
import { createAgent } from "../../sdk/agent/create-agent.ts";
import { defineCommand } from "./command.ts";
import { connectionFlags } from "./connection-flags.ts";

const allowed = z.string().transform((text, context) => {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return { name: text.slice(0, at), line: text.slice(at + 1) };
  context.addIssue({ code: "custom", message: "write it as NAME=COMMAND, for example test='npm test'" });
  return z.NEVER;
});

/** Takes sessions that somebody spawned and runs each in a shared terminal. */
export const command = defineCommand({
  name: "agent",
  summary: "runs what others spawn: takes each session:spawn and shares its terminal",
  examples: [
    { line: "holdfast agent --project p1", does: "spawned sessions get a shell" },
    { line: "holdfast agent --project p1 --allow test='npm test'", does: "and may ask for this one" },
  ],
  flags: z.object({
    ...connectionFlags,
    allow: z.array(allowed).default([]).meta({
      value: "NAME=COMMAND",
      description: "command a spawn may name; shell is always there",
    }),
    allowAny: z.boolean().default(false).meta({
      description: "run any command line a spawn brings: whoever may edit the project runs programs here",
    }),
  }),
  async run({ flags, stderr }) {
    const { url, token, project, allow, allowAny } = flags;
    const agent = createAgent({
      url,
      ...(token === undefined ? {} : { token }),
      projectId: project,
      commands: Object.fromEntries(allow.map(({ name, line }) => [name, line])),
      allowAny,
      onLine: (line) => stderr.write(`holdfast agent: ${line}\n`),
    });
    await new Promise<void>((resolve) => {
      process.once("SIGTERM", resolve);
      process.once("SIGINT", resolve);
    });
    await agent.close();
    return 0;
  },
});
