import { type ConnectionStatus, PROTOCOL_VERSION } from "../../sdk/protocol/index.ts";
import type { Attachment } from "./attachment.ts";
import type { Attachments } from "./attachments.ts";
import type { Admission } from "./credentials/admission.ts";
import type { Expiry } from "./credentials/expiry.ts";
import type { Access, Caller } from "./handler.ts";
import type { Limits } from "./limits.ts";
import type { Clock } from "./ports/clock.ts";
import type { Peer } from "./ports/peer.ts";
import { focusRoom, projectRoom, type Rooms, sessionRoom } from "./rooms.ts";

export interface AttachingDeps {
  readonly attachments: Attachments;
  readonly rooms: Rooms;
  readonly access: Access;
  readonly expiry: Expiry;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly serverId: string;
  readonly createId: () => string;
  readonly replay: (caller: Caller, projectId: string) => void;
  /** Answers the handshake's `sync` by event. */
  readonly sync: (caller: Caller, wanted: unknown) => void;
  readonly onAttached: (attachment: Attachment) => void;
}

/** Brings an admitted socket in: `connection_status`, its rooms, the bootstrap replay, `state:synced`, in this order. */
export function createAttaching(deps: AttachingDeps) {
  const { attachments, rooms, access, expiry, clock, limits } = deps;

  function statusOf({ principal, clientId, projectId, peer }: Attachment): ConnectionStatus {
    const { userId, expiresAt } = principal;
    const role = projectId === undefined ? undefined : access.roleIn(principal, projectId);
    return {
      status: "connected",
      connectionId: peer.id,
      clientId,
      serverId: deps.serverId,
      protocol: PROTOCOL_VERSION,
      serverTime: clock.now(),
      userId,
      ...(role === undefined ? {} : { role }),
      ...(expiresAt === undefined ? {} : { tokenExpiresAt: expiresAt }),
      pingIntervalMs: limits.pingIntervalMs,
      pingTimeoutMs: limits.pingTimeoutMs,
    };
  }

  function attachmentOf(peer: Peer, { principal, handshake }: Admission): Attachment {
    const { clientId, projectId, sessionId, agentId, protocol, batch } = handshake;
    return {
      peer,
      principal,
      clientId: clientId ?? deps.createId(),
      ...(projectId === undefined ? {} : { projectId }),
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(agentId === undefined ? {} : { agentId }),
      isOld: protocol === undefined,
      batch: batch === true,
      rooms: new Set(),
    };
  }

  function joinRooms(attachment: Attachment): void {
    const { peer, projectId, sessionId } = attachment;
    if (projectId === undefined || peer.namespace === "/") return;
    const isViewer = hearsFocusOnly(peer);
    rooms.join(attachment, isViewer ? focusRoom(projectId) : projectRoom(projectId));
    if (peer.namespace === "/cli" && sessionId !== undefined) rooms.join(attachment, sessionRoom(sessionId));
  }

  return function attach(peer: Peer, admission: Admission): void {
    const attachment = attachmentOf(peer, admission);
    const { projectId } = attachment;
    const replaced = attachments.replacedBy(attachment);
    attachments.add(attachment);
    peer.send("connection_status", statusOf(attachment));
    joinRooms(attachment);
    if (projectId !== undefined) deps.replay(attachment, projectId);
    expiry.watch(attachment);
    deps.onAttached(attachment);
    if (replaced !== undefined) {
      replaced.peer.send("connection_replaced", {});
      replaced.peer.close();
    }
    const { sync } = admission.handshake;
    const mayJoin = !hearsFocusOnly(peer) && peer.namespace !== "/";
    if (sync !== undefined && projectId !== undefined && mayJoin) deps.sync(attachment, sync);
  };
}

/** Viewers of terminals hear a project's focus, not its events; so do plain WebSockets, until they subscribe. */
function hearsFocusOnly({ namespace }: Peer): boolean {
  return namespace === "/terminal" || namespace === "/ws";
}
