import type { Authenticator, Principal } from "../../server/core/ports/principal.ts";
import type { Claims, Role } from "../protocol/auth.ts";

/** Whom a token speaks for. */
export interface MockIdentity {
  readonly userId: string;
  /** Epoch milliseconds. Default: never. */
  readonly expiresAt?: number;
  /** Default: editor of every project. */
  readonly projects?: Claims["projects"];
}

export interface MockAuth {
  /** Connections without a token are refused. Default: outside of `/mobile` they are user `local`, who may everything. */
  readonly required?: boolean;
  /**
   * Says whom a token speaks for, nothing refuses it. Default: every token is good; what a JWT says about `sub`, `exp`
   * and `projects` is believed unverified, anything else is user `user`.
   */
  readonly verifyToken?: (
    token: string,
  ) => MockIdentity | null | undefined | Promise<MockIdentity | null | undefined>;
}

export interface MockAuthenticator extends Authenticator {
  /** What was presented until now is expired from here on. */
  expireAll(): void;
  forget(): void;
}

const editor = (): Role => "editor";

export function createMockAuthenticator(
  { verifyToken = identityIn }: MockAuth,
  now: () => number,
): MockAuthenticator {
  const presented = new Set<string>();
  const expired = new Set<string>();
  return {
    hasVerifier: true,
    local: { userId: "local", local: true, readsAll: true, roleIn: editor },
    async verify(token) {
      presented.add(token);
      const identity = await verifyToken(token);
      if (identity === null || identity === undefined) return "UNAUTHENTICATED";
      const { expiresAt } = identity;
      if (expired.has(token) || (expiresAt !== undefined && expiresAt <= now())) return "TOKEN_EXPIRED";
      return principalOf(identity);
    },
    expireAll() {
      for (const token of presented) expired.add(token);
    },
    forget() {
      presented.clear();
      expired.clear();
    },
  };
}

function principalOf({ userId, expiresAt, projects = "*" }: MockIdentity): Principal {
  const who = { userId, local: false, ...(expiresAt === undefined ? {} : { expiresAt }) };
  if (projects === "*") return { ...who, readsAll: true, roleIn: editor };
  const roles = new Map<string, Role>(
    Array.isArray(projects) ? projects.map((id) => [id, "editor"]) : Object.entries(projects),
  );
  return {
    ...who,
    readsAll: false,
    projects: [...roles.keys()],
    roleIn: (projectId) => roles.get(projectId),
  };
}

function identityIn(token: string): MockIdentity {
  const { sub, exp, projects } = claimsIn(token);
  return {
    userId: sub ?? "user",
    ...(exp === undefined ? {} : { expiresAt: exp * 1_000 }),
    ...(projects === undefined ? {} : { projects }),
  };
}

function claimsIn(token: string): Partial<Claims> {
  try {
    const [, body = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    // The claims are what the test wrote into its token; those of another shape break that test alone.
    return JSON.parse(new TextDecoder().decode(bytes)) as Partial<Claims>;
  } catch {
    return {};
  }
}
