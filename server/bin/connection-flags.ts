import { z } from "zod";
import { idSchema } from "../../sdk/protocol/index.ts";

/** Flags of every command that connects to a server as a client. */
export const connectionFlags = {
  url: z
    .url({ protocol: /^https?$/, error: "write it as http://127.0.0.1:3000" })
    .default("http://127.0.0.1:3000")
    .meta({
      value: "URL",
      description: "the server",
    }),
  token: z.string().min(1).optional().meta({
    value: "TOKEN",
    description: "who you are; not needed for a server on this machine. Better as HOLDFAST_TOKEN",
  }),
  project: idSchema.meta({ value: "ID", description: "project it belongs to" }),
};
