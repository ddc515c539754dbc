import type { Envelope, FramedEnvelope } from "../../../sdk/protocol/index.ts";
import type { CommittedEvent, Notice } from "../../store/store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Peer } from "../ports/peer.ts";
import { projectRoom, type Rooms } from "../rooms.ts";
import { framed } from "./framed.ts";
import type { Sender } from "./sender.ts";

interface Batch {
  events: FramedEnvelope[];
  notices: Notice[];
  /** Those who did not join the project: each its own events, always with the whole entity. */
  extras: Map<Peer, Envelope[]>;
  cancel: () => void;
}

export interface BatcherDeps {
  readonly rooms: Rooms;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly batchMs: number;
  /** Who hears notices of a project in batches. */
  readonly noticeRooms: (projectId: string) => readonly string[];
}

/**
 * The events of a project as frames: the first at once, then at most one frame per `batchMs`, in seq order, built once
 * for all who joined. Notices keep their place behind the events they came with.
 */
export function createBatcher({ rooms, sender, clock, meter, batchMs, noticeRooms }: BatcherDeps) {
  const batches = new Map<string, Batch>();
  /** Projects whose window is closed: what was added goes out with `flush`. */
  const due = new Set<string>();

  function batchOf(projectId: string): Batch {
    const known = batches.get(projectId);
    if (known !== undefined) return known;
    const cancel = clock.schedule(batchMs, () => elapsed(projectId));
    const made: Batch = { events: [], notices: [], extras: new Map(), cancel };
    batches.set(projectId, made);
    due.add(projectId);
    return made;
  }

  function elapsed(projectId: string): void {
    const batch = batches.get(projectId);
    if (batch === undefined) return;
    if (batch.events.length === 0 && batch.notices.length === 0 && batch.extras.size === 0) {
      batches.delete(projectId);
      return;
    }
    batch.cancel = clock.schedule(batchMs, () => elapsed(projectId));
    send(projectId, batch);
  }

  function send(projectId: string, batch: Batch): void {
    const { events, notices, extras } = batch;
    batch.events = [];
    batch.notices = [];
    batch.extras = new Map();
    const room = rooms.get(projectRoom(projectId));
    if (events.length > 0 && room !== undefined) {
      meter.count("frames_sent");
      sender.lane(room.batched, "events", { events });
    }
    for (const [frame, peers] of grouped(extras)) sender.peers(peers, "events", { events: frame });
    for (const { event, payload } of notices) {
      for (const name of noticeRooms(projectId)) {
        const hearers = rooms.get(name);
        if (hearers !== undefined) sender.lane(hearers.batched, event, payload);
      }
    }
  }

  return {
    /** Adds what a commit tells; `extras` of each event are peers that did not join the project. */
    event(projectId: string, event: CommittedEvent, extras: Iterable<Peer>): void {
      const batch = batchOf(projectId);
      if (rooms.get(projectRoom(projectId))?.batched.size) batch.events.push(framed(event));
      for (const peer of extras) {
        const own = batch.extras.get(peer);
        if (own === undefined) batch.extras.set(peer, [event.envelope]);
        else own.push(event.envelope);
      }
    },
    notice(projectId: string, notice: Notice): void {
      batchOf(projectId).notices.push(notice);
    },
    /** Sends what is the first in a while; called after each commit. */
    flush(): void {
      for (const projectId of due) {
        const batch = batches.get(projectId);
        if (batch !== undefined) send(projectId, batch);
      }
      due.clear();
    },
    /** Sends everything of a project now. */
    flushProject(projectId: string): void {
      const batch = batches.get(projectId);
      if (batch !== undefined) send(projectId, batch);
    },
    dispose(): void {
      for (const batch of batches.values()) batch.cancel();
      batches.clear();
      due.clear();
    },
  };
}

/** Peers with the very same events get one frame, encoded once. */
function grouped(extras: ReadonlyMap<Peer, readonly Envelope[]>): Map<readonly Envelope[], Peer[]> {
  const bySeqs = new Map<string, { frame: readonly Envelope[]; peers: Peer[] }>();
  for (const [peer, frame] of extras) {
    const key = frame.map(({ seq }) => seq).join(" ");
    const known = bySeqs.get(key);
    if (known === undefined) bySeqs.set(key, { frame, peers: [peer] });
    else known.peers.push(peer);
  }
  return new Map([...bySeqs.values()].map(({ frame, peers }) => [frame, peers]));
}
