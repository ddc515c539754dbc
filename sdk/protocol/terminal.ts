import { z } from "zod";
import { LIMITS, TERMINAL_LIMITS } from "./limits.ts";
import { countSchema, epochSchema, idSchema } from "./scalars.ts";

const sideSchema = z.int().min(1).max(TERMINAL_LIMITS.maxSide);
const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "bytes or a string");
const dataSchema = z.union([z.string(), bytesSchema]);

export const terminalRegisterSchema = z.object({
  sessionId: idSchema,
  ptyId: idSchema,
  cols: sideSchema.default(TERMINAL_LIMITS.cols),
  rows: sideSchema.default(TERMINAL_LIMITS.rows),
  projectId: idSchema.optional(),
  title: z.string().min(1).max(LIMITS.titleLength).optional(),
  resume: z
    .object({
      epoch: epochSchema,
      from: countSchema,
      offset: countSchema,
      resumeKey: z.string().min(1).max(256),
      snapshot: z
        .object({ offset: countSchema, cols: sideSchema, rows: sideSchema, data: dataSchema })
        .optional(),
    })
    .optional(),
  answers: z.enum(["owner", "server"]).default("owner"),
  readOnly: z.boolean().default(false),
  resizePolicy: z.enum(["latest", "smallest", "owner"]).default("latest"),
});
export type TerminalRegister = z.infer<typeof terminalRegisterSchema>;

export interface TerminalRegisterAck {
  readonly epoch: string;
  /** What the server has stored: the owner sends on from here. */
  readonly offset: number;
  readonly resumeKey: string;
  readonly viewers: number;
  /** Resizes it has since the last byte, where the stream goes on: the owner sends on after them. */
  readonly resizes?: number;
}

const ptyRef = { ptyId: idSchema, offset: countSchema.optional() };
export const terminalOutputSchema = z.object({ ...ptyRef, data: dataSchema });
export const terminalResizedSchema = z.object({ ...ptyRef, cols: sideSchema, rows: sideSchema });
export const terminalExitSchema = z.object({
  ...ptyRef,
  exitCode: z.int().nullable().optional(),
  signal: z
    .union([z.string().max(32), z.int()])
    .nullable()
    .optional(),
});

export const terminalWatchSchema = z.object({
  sessionId: idSchema,
  since: z.object({ epoch: epochSchema, offset: countSchema }).optional(),
  encoding: z.enum(["utf8", "binary"]).default("utf8"),
  window: z.number().optional(),
  history: z.int().min(0).max(TERMINAL_LIMITS.historyMax).default(TERMINAL_LIMITS.historyDefault),
  priority: z.enum(["live", "auto"]).default("live"),
  /** With `binary`: the viewer takes snapshots that are packed. */
  packed: z.boolean().optional(),
});
export type TerminalWatch = z.infer<typeof terminalWatchSchema>;

export const terminalAckSchema = z.object({
  sessionId: idSchema,
  epoch: epochSchema,
  offset: countSchema,
});
export const terminalInputSchema = z.object({
  sessionId: idSchema,
  input: z.string().max(LIMITS.frameBytes),
  inputSeq: z.int().positive().optional(),
  viewerId: idSchema.optional(),
});
export const terminalResizeSchema = z.object({
  sessionId: idSchema,
  cols: sideSchema,
  rows: sideSchema,
  /** Told anew after a reconnect: the viewer did nothing, and is not the latest because of it. */
  again: z.boolean().optional(),
});
export const terminalRefSchema = z.object({ sessionId: idSchema });

/** Encoded as the viewer asked: strings cut at characters, or bytes. */
export type TerminalData = string | Uint8Array;

export interface TerminalSnapshot {
  readonly cols: number;
  readonly rows: number;
  readonly epoch: string;
  readonly offset: number;
  readonly scrollback: TerminalData;
  /** `scrollback` is packed by raw deflate (RFC 1951); only for who asked, and where it is worth it. */
  readonly packed?: true;
}

export type TerminalWatchAck =
  | ({ readonly mode: "snapshot" } & TerminalSnapshot)
  | ({ readonly mode: "delta"; readonly from: number } & TerminalSnapshot);

export interface TerminalOutput {
  readonly sessionId: string;
  readonly epoch: string;
  /** Of the first byte. */
  readonly offset: number;
  readonly data: TerminalData;
}

export interface TerminalResized {
  readonly sessionId: string;
  readonly epoch: string;
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
}

export interface TerminalExit {
  readonly sessionId: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly exitCode: number | null;
  readonly reason?: string;
}

export type TerminalReset = TerminalSnapshot & { readonly sessionId: string };

export interface TerminalActivity {
  readonly sessionId: string;
  readonly epoch: string;
  readonly offset: number;
}

export interface TerminalOwner {
  readonly sessionId: string;
  readonly status: "lost" | "back";
}
