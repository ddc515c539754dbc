import type { Envelope } from "../../../sdk/protocol/index.ts";
import type { Commit } from "../../store/store.ts";
import type { Attachments } from "../attachments.ts";
import type { Access, Caller } from "../handler.ts";
import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Peer } from "../ports/peer.ts";
import { focusRoom, projectRoom, type Rooms, sessionRoom } from "../rooms.ts";
import { audienceOf } from "./audience.ts";
import { createBatcher } from "./batcher.ts";
import type { Sender } from "./sender.ts";

export interface DeliveryDeps {
  readonly rooms: Rooms;
  readonly attachments: Attachments;
  readonly access: Access;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly batchMs: number;
}

const noticeRooms = (projectId: string): readonly string[] => [projectRoom(projectId), focusRoom(projectId)];

/**
 * Brings commits to sockets: each event once a socket, in the order of seq, to nobody without access to its project.
 * Who joined the project was judged when joining and at every refresh; everyone else is judged here.
 */
export function createDelivery(deps: DeliveryDeps) {
  const { rooms, attachments, access, sender, meter } = deps;
  const batcher = createBatcher({ ...deps, noticeRooms });

  /** Who hears an event without having joined its project. */
  function outsiders(envelope: Envelope, projectId: string): readonly Caller[] {
    const { session, readers } = audienceOf(envelope.event);
    const room =
      session && envelope.sessionId !== undefined ? rooms.get(sessionRoom(envelope.sessionId)) : undefined;
    if (room === undefined && !readers) return NOBODY;
    const inside = projectRoom(projectId);
    const found = new Set<Caller>();
    const consider = (caller: Caller): void => {
      if (rooms.has(caller, inside) || found.has(caller)) return;
      if (access.allows(caller.principal, "read", projectId)) found.add(caller);
    };
    for (const caller of room?.members ?? NOBODY) consider(caller);
    if (readers) for (const caller of attachments.in("/ui")) consider(caller);
    return [...found];
  }

  function deliver({ projectId, events, notices, reset }: Commit): void {
    for (const committed of events) {
      const { envelope } = committed;
      meter.count("events_delivered");
      const room = rooms.get(projectRoom(projectId));
      if (room !== undefined) sender.lane(room.single, envelope.event, envelope);
      const extras = outsiders(envelope, projectId);
      if (extras.length > 0) sender.peers(peersOf(extras, false), envelope.event, envelope);
      const batched = peersOf(extras, true);
      if (batched.length > 0 || (room !== undefined && room.batched.size > 0)) {
        batcher.event(projectId, committed, batched);
      }
    }
    for (const notice of notices) {
      let isBatched = false;
      for (const name of noticeRooms(projectId)) {
        const room = rooms.get(name);
        if (room === undefined) continue;
        sender.lane(room.single, notice.event, notice.payload);
        isBatched ||= room.batched.size > 0;
      }
      if (isBatched) batcher.notice(projectId, notice);
    }
    batcher.flush();
    if (reset !== undefined) {
      batcher.flushProject(projectId);
      sender.room(rooms.get(projectRoom(projectId)), "state:reset", { projectId, ...reset });
    }
  }

  return { deliver, dispose: () => batcher.dispose() };
}

const NOBODY: readonly Caller[] = [];

function peersOf(callers: readonly Caller[], batch: boolean): Peer[] {
  return callers.filter((caller) => caller.batch === batch).map(({ peer }) => peer);
}
