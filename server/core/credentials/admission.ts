import {
  type Handshake,
  handshakeSchema,
  PROTOCOL_VERSION,
  type WireCode,
} from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Access } from "../handler.ts";
import { parseWith } from "../parse-with.ts";
import type { Candidate, PeerNamespace } from "../ports/peer.ts";
import type { Authenticator, Principal } from "../ports/principal.ts";
import type { VerifyToken } from "./verify-token.ts";

/** Everything that was judged about a connection before it came in. */
export interface Admission {
  readonly namespace: PeerNamespace;
  readonly connection: string;
  readonly principal: Principal;
  readonly handshake: Handshake;
}

export type Verdict =
  | { readonly ok: true; readonly admission: Admission }
  | { readonly ok: false; readonly message: string; readonly code: WireCode; readonly retryAfterMs?: number };

export interface AdmissionDeps {
  readonly authenticator: Authenticator;
  readonly verifyToken: VerifyToken;
  readonly access: Access;
}

/** What a namespace says to those without a token, and to those with a bad one. */
const REFUSALS: Readonly<Record<PeerNamespace, { readonly missing: string; readonly invalid: string }>> = {
  "/ui": { missing: "Authentication required", invalid: "Invalid authentication token" },
  "/mobile": { missing: "Authentication required", invalid: "Invalid authentication token" },
  "/cli": { missing: "Authentication required", invalid: "Invalid authentication token" },
  "/terminal": { missing: "Authentication required for terminal access", invalid: "Invalid token" },
  "/": { missing: "Authentication required", invalid: "Invalid authentication token" },
  "/ws": { missing: "Authentication required", invalid: "Invalid authentication token" },
};

/**
 * Judges who may come in, in the order of protocol sections 3 and 16: an agent's ids, the token, the ids' form,
 * the project, the protocol version.
 */
export function createAdmission({ authenticator, verifyToken, access }: AdmissionDeps) {
  async function principalOf({ namespace, local }: Candidate, token: unknown): Promise<Principal> {
    const { missing, invalid } = REFUSALS[namespace];
    const { hasVerifier } = authenticator;
    if (token === undefined) {
      // A phone page is never local: it shows its token wherever it comes from.
      if (local && namespace !== "/mobile") return authenticator.local;
      throw new Fault("UNAUTHENTICATED", missing);
    }
    if (local && !hasVerifier) return authenticator.local;
    if (!hasVerifier || typeof token !== "string") throw new Fault("UNAUTHENTICATED", invalid);
    const verified = await verifyToken(token);
    if (typeof verified === "string") throw new Fault(verified, invalid);
    return verified;
  }

  /** @throws Fault with the message and code the connection is refused with */
  return async function judge(candidate: Candidate): Promise<Admission> {
    const { namespace, connection } = candidate;
    const { token, ...ids } = present(candidate.auth);
    const isAgent = namespace === "/cli";
    if (isAgent && (ids["projectId"] === undefined || (ids["sessionId"] ?? ids["agentId"]) === undefined)) {
      throw new Fault("BAD_REQUEST", "sessionId and projectId required");
    }
    const principal = await principalOf(candidate, token === "" ? undefined : token);
    if (namespace === "/mobile" && ids["projectId"] === undefined)
      throw new Fault("BAD_REQUEST", "projectId required");
    const handshake = parseWith(handshakeSchema, ids);
    const { projectId, protocol } = handshake;
    if (projectId !== undefined && !access.allows(principal, "read", projectId)) {
      throw new Fault("FORBIDDEN", "Forbidden");
    }
    if (protocol !== undefined && protocol !== PROTOCOL_VERSION) {
      throw new Fault("UNSUPPORTED_VERSION", "Unsupported protocol version");
    }
    return { namespace, connection, principal, handshake };
  };
}

/** `handshake.auth` as it came, without what is none. */
function present(auth: unknown): Readonly<Record<string, unknown>> {
  if (typeof auth !== "object" || auth === null || Array.isArray(auth)) return {};
  return Object.fromEntries(
    Object.entries(auth).filter(([, value]) => value !== undefined && value !== null && value !== ""),
  );
}
