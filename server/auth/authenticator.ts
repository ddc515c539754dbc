import type { Authenticator } from "../core/ports/principal.ts";
import { createCustomVerifier, type VerifyToken } from "./custom-verifier.ts";
import { createJwtVerifier, type JwtOptions, type VerifyIdentity } from "./jwt.ts";
import { type DefaultAccess, LOCAL_PRINCIPAL, principalOf } from "./principals.ts";

export type AuthOptions = JwtOptions | { readonly verifyToken: VerifyToken };

export interface AuthenticatorOptions {
  /** Absent: no token can be judged, only local trust lets anybody in. */
  readonly auth?: AuthOptions;
  /** Default `none`. */
  readonly defaultAccess?: DefaultAccess;
  readonly now: () => number;
}

/** @throws TypeError for an empty secret or algorithms that do not fit */
export function createAuthenticator({
  auth,
  defaultAccess = "none",
  now,
}: AuthenticatorOptions): Authenticator {
  const verifyIdentity = auth === undefined ? undefined : verifierOf(auth, now);
  return {
    hasVerifier: verifyIdentity !== undefined,
    local: LOCAL_PRINCIPAL,
    async verify(token) {
      if (verifyIdentity === undefined) return "UNAUTHENTICATED";
      const identity = await verifyIdentity(token);
      return typeof identity === "string" ? identity : principalOf(identity, defaultAccess);
    },
  };
}

function verifierOf(auth: AuthOptions, now: () => number): VerifyIdentity {
  return "verifyToken" in auth ? createCustomVerifier(auth.verifyToken, now) : createJwtVerifier(auth, now);
}
