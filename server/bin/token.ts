import { z } from "zod";
import { idSchema } from "../../sdk/protocol/index.ts";
import { signToken } from "../auth/sign-token.ts";
import { defineCommand } from "./command.ts";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LIFETIME = "write a time as 30m, 12h or 7d";

const lifetime = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, LIFETIME)
  // The pattern leaves no other last letter.
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);

/** Signs a token as an identity provider would, for trying things out. */
export const command = defineCommand({
  name: "token",
  summary: "a development token, signed with the server's HS256 secret",
  examples: [
    {
      line: "holdfast token --sub ada --project p1 --jwt-secret $SECRET",
      does: "an editor of p1, for an hour",
    },
    {
      line: "holdfast token --sub bob --project p1 --project p2 --role viewer --jwt-secret $SECRET",
      does: "a viewer of two projects",
    },
  ],
  flags: z.object({
    sub: z
      .string()
      .min(1)
      .max(256, "at most 256 characters")
      .meta({ value: "USER", description: "whom it speaks for" }),
    project: z
      .array(
        z.union(
          [z.literal("*"), idSchema],
          "an id is 1 to 128 characters of A-Z a-z 0-9 . _ : -, or * for all",
        ),
      )
      .min(1)
      .meta({ value: "ID", description: "project it is good for; * for all of them, as an editor" }),
    role: z.enum(["editor", "viewer"], "one of editor, viewer").default("editor").meta({
      value: "editor|viewer",
      description: "role in these projects",
    }),
    expires: lifetime.default(3_600_000).meta({
      value: "TIME",
      description: "how long it lasts: 30m, 12h, 7d",
      shown: "1h",
    }),
    jwtSecret: z.string().min(1).meta({ value: "SECRET", description: "the secret that serve was given" }),
    issuer: z.string().min(1).optional().meta({ value: "ISS", description: "its iss" }),
    audience: z.string().min(1).optional().meta({ value: "AUD", description: "its aud" }),
  }),
  async run({ flags, stdout }) {
    const { sub, project, role, expires, jwtSecret, issuer, audience } = flags;
    const token = await signToken({
      secret: jwtSecret,
      userId: sub,
      projects: project.includes("*") ? "*" : Object.fromEntries(project.map((id) => [id, role])),
      lifetimeMs: expires,
      now: Date.now(),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    stdout.write(`${token}\n`);
    return 0;
  },
});
