import { z } from "zod";
import { canonicalOrigin } from "./auth/origins.ts";

const PORT = "a port is a number from 0 to 65535";

const port = z
  .string()
  .regex(/^\d{1,5}$/, PORT)
  .transform(Number)
  .refine((value) => value <= 65_535, PORT);

const origin = z.string().transform((text, context) => {
  try {
    return canonicalOrigin(text);
  } catch {
    context.addIssue({ code: "custom", message: "write an origin as https://app.example.com" });
    return z.NEVER;
  }
});

const store = z.string().refine((text) => {
  if (!/^[a-z]+:\/\//i.test(text)) return text !== "";
  return /^rediss?:\/\/[^/]/.test(text) && URL.canParse(text);
}, "give a folder, memory, or redis://HOST:PORT");

const milliseconds = z
  .string()
  .regex(/^[1-9]\d{2,6}$/, "write milliseconds, 100 to 9999999")
  .transform(Number);

const url = z.url({
  protocol: /^https?$/,
  error: "write it as https://login.example.com/.well-known/jwks.json",
});

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;

/**
 * Everything `holdfast serve` can be told, the one source of its flags, its environment variables, their checks and
 * their documentation.
 */
export const serveFlags = z.object({
  port: port
    .default(3000)
    .meta({ value: "PORT", description: "port to listen on; when not given and taken, the next free one" }),
  host: z.string().min(1).default("127.0.0.1").meta({
    value: "HOST",
    description: "address to listen on; one that is not loopback needs --jwt-secret or --jwks",
  }),
  store: store.default(".holdfast").meta({
    value: "PATH|memory|redis://…",
    description: "where projects are kept: a folder (LMDB), memory, or Redis for several nodes",
  }),
  jwtSecret: z.string().min(1, "give 32 random bytes or more").optional().meta({
    value: "SECRET",
    description: "HS256 secret that tokens are checked with; better as a variable than on a command line",
  }),
  jwks: url.optional().meta({ value: "URL", description: "key set that tokens are checked with" }),
  issuer: z.string().min(1).optional().meta({ value: "ISS", description: "the iss that tokens must have" }),
  audience: z.string().min(1).optional().meta({ value: "AUD", description: "the aud that tokens must have" }),
  origin: z.array(origin).default([]).meta({
    value: "ORIGIN",
    description: "browser origin that may connect, https://app.example.com",
  }),
  defaultAccess: z.enum(["editor", "viewer", "none"], "one of editor, viewer, none").default("none").meta({
    value: "editor|viewer|none",
    description: "what a token that names no projects may do in all of them",
  }),
  localTrust: z.boolean().optional().meta({
    description: "let programs and pages of this machine in without a token; on unless tokens are checked",
  }),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .meta({ value: "FILE", description: "certificate (PEM), with --tls-key" }),
  tlsKey: z.string().min(1).optional().meta({ value: "FILE", description: "its key (PEM)" }),
  pingIntervalMs: milliseconds.optional().meta({
    value: "MS",
    description: "heartbeat of every connection",
    shown: "25000",
  }),
  pingTimeoutMs: milliseconds.optional().meta({
    value: "MS",
    description: "silence after a heartbeat that counts as a lost connection",
    shown: "20000",
  }),
  config: z.string().min(1).optional().meta({
    value: "FILE",
    description: 'JSON file of these flags: {"port": 8080}; flags and variables win',
  }),
  demo: z
    .boolean()
    .default(false)
    .meta({ description: "a sample project, a shared shell and a page to try it on" }),
  dev: z.string().min(1, "name a folder").optional().meta({
    value: "DIR",
    description:
      "for development: pages of this machine may load DIR's files from /watched/, as hot modules do",
  }),
  logLevel: z
    .enum(LOG_LEVELS, `one of ${LOG_LEVELS.join(", ")}`)
    .default("warn")
    .meta({
      value: "LEVEL",
      description: "what is logged, on stderr",
    }),
});

export type ServeFlags = z.output<typeof serveFlags>;
