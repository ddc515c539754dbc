import type { Claims, Role } from "../../sdk/protocol/index.ts";
import type { Principal } from "../core/ports/principal.ts";

/** What a token without `projects` may do in every project. */
export type DefaultAccess = Role | "none";

/** The one that stands for local trust: user `local`, editor everywhere. */
export const LOCAL_PRINCIPAL: Principal = Object.freeze({
  userId: "local",
  local: true,
  readsAll: true,
  roleIn: (): Role => "editor",
});

/** What a verified token says, `expiresAt` in epoch milliseconds. */
export interface Identity {
  readonly userId: string;
  readonly expiresAt?: number;
  readonly projects?: Claims["projects"];
}

/** Who a token makes of its bearer. */
export function principalOf({ userId, expiresAt, projects }: Identity, fallback: DefaultAccess): Principal {
  const common = { userId, local: false, ...(expiresAt === undefined ? {} : { expiresAt }) };
  if (projects === undefined || projects === "*") {
    const everywhere = projects === "*" ? "editor" : fallback;
    const role = everywhere === "none" ? undefined : everywhere;
    return { ...common, readsAll: role !== undefined, roleIn: () => role };
  }
  const roles = new Map<string, Role>(
    Array.isArray(projects) ? projects.map((id) => [id, "editor"]) : Object.entries(projects),
  );
  return {
    ...common,
    readsAll: false,
    projects: [...roles.keys()],
    roleIn: (projectId) => roles.get(projectId),
  };
}
