import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { idSchema } from "./scalars.ts";

export const NAMESPACES = ["/ui", "/mobile", "/cli", "/terminal", "/"] as const;
export type Namespace = (typeof NAMESPACES)[number];

export type Role = "viewer" | "editor";

/** `handshake.auth` of a Socket.IO connection. `sync` is judged on its own, so that a bad one is answered. */
export const handshakeSchema = z.looseObject({
  token: z.string().max(16_384).optional(),
  projectId: idSchema.optional(),
  sessionId: idSchema.optional(),
  agentId: idSchema.optional(),
  clientId: idSchema.optional(),
  protocol: z.unknown().optional(),
  batch: z.boolean().optional(),
  sync: z.unknown().optional(),
});
export type Handshake = Readonly<z.infer<typeof handshakeSchema>>;

/** First event on every namespace. */
export interface ConnectionStatus {
  readonly status: "connected";
  readonly connectionId: string;
  readonly clientId: string;
  readonly serverId: string;
  readonly protocol: 1;
  readonly serverTime: number;
  readonly userId?: string;
  readonly role?: Role;
  readonly tokenExpiresAt?: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

/** `data` of a rejected connection's `connect_error`. */
export interface Rejection {
  readonly code: string;
  readonly retryAfterMs?: number;
}

export const authRefreshSchema = z.object({ token: z.string().min(1).max(16_384) });

/** What a token says, after verification. Times in epoch milliseconds. */
export const claimsSchema = z.looseObject({
  sub: z.string().min(1).max(LIMITS.userIdLength),
  exp: z.number(),
  projects: z
    .union([z.literal("*"), z.array(idSchema), z.record(idSchema, z.enum(["viewer", "editor"]))])
    .optional(),
});
export type Claims = Readonly<z.infer<typeof claimsSchema>>;

export interface ServerShutdown {
  readonly timestamp: number;
  readonly reconnectAfterMs: number;
}
