import type { Role } from "../../../sdk/protocol/index.ts";

/** Who is asking, for as long as their token says so. */
export interface Principal {
  /** `local` for local trust, else the token's subject. */
  readonly userId: string;
  readonly local: boolean;
  /** Epoch milliseconds; absent: never. */
  readonly expiresAt?: number;
  /** Role in a project, `undefined`: none. */
  roleIn(projectId: string): Role | undefined;
  /** Those the token names, if it names some. */
  readonly projects?: readonly string[];
  /** Whether every project may be read, also those that do not exist yet. */
  readonly readsAll: boolean;
}

export type TokenFault = "UNAUTHENTICATED" | "TOKEN_EXPIRED";

/** Turns a token into a principal; how (secret, JWKS, an application's own) is the edge's business. */
export interface Authenticator {
  /** Whether tokens can be judged at all. */
  readonly hasVerifier: boolean;
  /** The one that stands for local trust: user `local`, editor everywhere. */
  readonly local: Principal;
  verify(token: string): Promise<Principal | TokenFault>;
}
