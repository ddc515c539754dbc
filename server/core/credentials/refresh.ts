import type { Attachment } from "../attachment.ts";
import type { Attachments } from "../attachments.ts";
import { Fault } from "../fault.ts";
import type { Access, Handlers } from "../handler.ts";
import type { Authenticator, Principal } from "../ports/principal.ts";
import type { Rooms } from "../rooms.ts";
import type { Expiry } from "./expiry.ts";
import type { VerifyToken } from "./verify-token.ts";

export interface RefreshDeps {
  readonly authenticator: Authenticator;
  readonly verifyToken: VerifyToken;
  readonly attachments: Attachments;
  readonly access: Access;
  readonly rooms: Rooms;
  readonly expiry: Expiry;
  /** A socket lost a project: it watches nothing of it any more. */
  readonly onRevoked: (attachment: Attachment, projectId: string) => void;
}

/** Exchanges the token of a live connection, for all its namespaces of that user (protocol section 3). */
export function createRefresh(deps: RefreshDeps) {
  const { authenticator, verifyToken, attachments, access, rooms, expiry } = deps;

  function adopt(attachment: Attachment, principal: Principal): void {
    attachment.principal = principal;
    expiry.watch(attachment);
    for (const projectId of projectsOf(attachment)) {
      if (access.allows(principal, "read", projectId)) continue;
      for (const name of rooms.of(attachment))
        if (projectIn(name) === projectId) rooms.leave(attachment, name);
      deps.onRevoked(attachment, projectId);
      attachment.peer.send("access:revoked", { projectId });
    }
  }

  /** Every project a socket has to do with: by its handshake, or by a room of it. */
  function projectsOf(attachment: Attachment): ReadonlySet<string> {
    const projects = new Set(rooms.of(attachment).flatMap((name) => projectIn(name) ?? []));
    if (attachment.projectId !== undefined) projects.add(attachment.projectId);
    return projects;
  }

  const handlers: Handlers<"auth:refresh"> = {
    async "auth:refresh"(caller, { token }) {
      const { principal: current, peer } = caller;
      // Without a verifier a token says nothing, and local trust does not expire.
      if (current.local && !authenticator.hasVerifier) return {};
      const principal = await verifyToken(token);
      if (typeof principal === "string") throw new Fault(principal, "Invalid authentication token");
      if (principal.userId !== current.userId) {
        throw new Fault("SUBJECT_CHANGED", "The token is another user's");
      }
      for (const attachment of attachments.onConnection(peer.connection)) {
        if (attachment.principal.userId === principal.userId) adopt(attachment, principal);
      }
      return principal.expiresAt === undefined ? {} : { expiresAt: principal.expiresAt };
    },
  };
  return { handlers };
}

/** The project a room belongs to; those of sessions and of every project belong to none, they are judged at each event. */
function projectIn(room: string): string | undefined {
  return /^(?:project|focus|channel):([^/*]+)/.exec(room)?.[1];
}
