import { z } from "zod";
import { claimsSchema, LIMITS } from "../../sdk/protocol/index.ts";
import type { VerifyIdentity } from "./jwt.ts";

/** What an application's own check of a token says: JWT claims, or the same under plain names. */
export interface TokenVerdict {
  readonly sub?: string;
  readonly userId?: string;
  /** Seconds, as in a JWT. */
  readonly exp?: number;
  /** Epoch milliseconds; wins over `exp`. With neither the token never expires. */
  readonly expiresAt?: number;
  readonly projects?: "*" | readonly string[] | Readonly<Record<string, "viewer" | "editor">>;
}

/** Says who a token speaks for; nothing, or a throw, refuses it. An error with `code: "TOKEN_EXPIRED"` says so. */
export type VerifyToken = (
  token: string,
) => Promise<TokenVerdict | null | undefined> | TokenVerdict | null | undefined;

const userIdSchema = z.string().min(1).max(LIMITS.userIdLength);
const verdictSchema = z.looseObject({
  sub: userIdSchema.optional(),
  userId: userIdSchema.optional(),
  exp: z.number().optional(),
  expiresAt: z.number().optional(),
  projects: claimsSchema.shape.projects,
});

export function createCustomVerifier(verifyToken: VerifyToken, now: () => number): VerifyIdentity {
  return async (token) => {
    let answer: unknown;
    try {
      answer = await verifyToken(token);
    } catch (error) {
      return hasExpiredCode(error) ? "TOKEN_EXPIRED" : "UNAUTHENTICATED";
    }
    const verdict = verdictSchema.safeParse(answer);
    const userId = verdict.data?.userId ?? verdict.data?.sub;
    if (verdict.data === undefined || userId === undefined) return "UNAUTHENTICATED";
    const { exp, projects } = verdict.data;
    const expiresAt = verdict.data.expiresAt ?? (exp === undefined ? undefined : exp * 1_000);
    if (expiresAt !== undefined && expiresAt + LIMITS.clockToleranceMs <= now()) return "TOKEN_EXPIRED";
    return {
      userId,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(projects === undefined ? {} : { projects }),
    };
  };
}

function hasExpiredCode(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "TOKEN_EXPIRED";
}
