import { SignJWT } from "jose";
import type { Role } from "../../sdk/protocol/index.ts";

export interface TokenOptions {
  readonly secret: string;
  readonly userId: string;
  /** `*`: every project, as an editor. */
  readonly projects: "*" | Readonly<Record<string, Role>>;
  readonly lifetimeMs: number;
  readonly issuer?: string;
  readonly audience?: string;
  readonly now: number;
}

/** A development token, HS256: what an identity provider does in production. */
export function signToken(options: TokenOptions): Promise<string> {
  const issuedAt = Math.floor(options.now / 1_000);
  const token = new SignJWT({ projects: options.projects })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(options.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.floor(options.lifetimeMs / 1_000));
  if (options.issuer !== undefined) token.setIssuer(options.issuer);
  if (options.audience !== undefined) token.setAudience(options.audience);
  return token.sign(new TextEncoder().encode(options.secret));
}
