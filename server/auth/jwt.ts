import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { claimsSchema, LIMITS } from "../../sdk/protocol/index.ts";
import { Fault } from "../core/fault.ts";
import type { TokenFault } from "../core/ports/principal.ts";
import type { Identity } from "./principals.ts";

interface JwtChecks {
  readonly issuer?: string | readonly string[];
  readonly audience?: string | readonly string[];
  /** Accepted `alg`s. Default: `HS256` with a secret, the usual asymmetric ones with keys. */
  readonly algorithms?: readonly string[];
}

export type JwtOptions = JwtChecks &
  ({ readonly secret: string } | { readonly jwksUrl: string | URL } | { readonly jwks: JSONWebKeySet });

/** Tells who a token speaks for. @throws Fault `UNAVAILABLE` when the keys cannot be fetched */
export type VerifyIdentity = (token: string) => Promise<Identity | TokenFault>;

const SYMMETRIC = ["HS256", "HS384", "HS512"];
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Shorter HS256 secrets can be guessed from one token (RFC 7518 section 3.2 asks for 256 bits). */
export const SECRET_BYTES = 32;

/** @throws TypeError for an empty secret, or an algorithm that does not fit the kind of key */
export function createJwtVerifier(options: JwtOptions, now: () => number): VerifyIdentity {
  const key = keyOf(options);
  const fitting = "secret" in options ? SYMMETRIC : ASYMMETRIC;
  const algorithms = [...(options.algorithms ?? ("secret" in options ? ["HS256"] : ASYMMETRIC))];
  const stranger = algorithms.find((algorithm) => !fitting.includes(algorithm));
  if (algorithms.length === 0 || stranger !== undefined) {
    // A public key accepted as an HMAC secret is the classic way to forge a token.
    throw new TypeError(
      `algorithms: "${stranger ?? ""}" does not fit this kind of key; use ${fitting.join(", ")}`,
    );
  }
  return async (token) => {
    const verify = (use: JWTVerifyGetKey): Promise<JWTVerifyResult> =>
      jwtVerify(token, use, {
        algorithms,
        clockTolerance: LIMITS.clockToleranceMs / 1_000,
        currentDate: new Date(now()),
        requiredClaims: ["sub", "exp"],
        ...(options.issuer === undefined ? {} : { issuer: listOf(options.issuer) }),
        ...(options.audience === undefined ? {} : { audience: listOf(options.audience) }),
      });
    try {
      const { payload } = await verify(key).catch((error: unknown) => verifyWithEach(error, verify));
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) return "UNAUTHENTICATED";
      const { sub, exp, projects } = claims.data;
      return { userId: sub, expiresAt: exp * 1_000, ...(projects === undefined ? {} : { projects }) };
    } catch (error) {
      if (error instanceof Fault) throw error;
      return error instanceof errors.JWTExpired ? "TOKEN_EXPIRED" : "UNAUTHENTICATED";
    }
  };
}

/** A token without a `kid` may fit several keys of a set: the first that verifies it counts. */
async function verifyWithEach(
  error: unknown,
  verify: (use: JWTVerifyGetKey) => Promise<JWTVerifyResult>,
): Promise<JWTVerifyResult> {
  if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
  let last: unknown = error;
  for await (const key of error) {
    try {
      return await verify(async () => key);
    } catch (failure) {
      if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      last = failure;
    }
  }
  throw last;
}

function keyOf(options: JwtOptions): JWTVerifyGetKey {
  if ("secret" in options) {
    const bytes = new TextEncoder().encode(options.secret);
    if (bytes.length === 0) throw new TypeError("the JWT secret is empty: give 32 random bytes or more");
    return async () => bytes;
  }
  if ("jwks" in options) return createLocalJWKSet(options.jwks);
  const remote = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: 5_000 });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      // Only these say that the key set was read and the token does not fit it.
      const isTokens =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (isTokens) throw error;
      throw new Fault("UNAVAILABLE", "The keys to check tokens are out of reach", { retryAfterMs: 1_000 });
    }
  };
}

function listOf(value: string | readonly string[]): string[] {
  return typeof value === "string" ? [value] : [...value];
}
