import type { Envelope, FramedEnvelope } from "../../../sdk/protocol/index.ts";
import type { CommittedEvent, Notice } from "../../store/store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Peer } from "../ports/peer.ts";
import { projectRoom, type Rooms } from "../rooms.ts";
import { framed } from "./framed.ts";
import type { Sender } from "./sender.ts";

/** What is held for a project, and when its last frame left. */
interface Batch {
  events: FramedEnvelope[];
  notices: Notice[];
  /** Those who did not join the project: each its own events, always with the whole entity. */
  extras: Map<Peer, Envelope[]>;
  sentAt: number;
  /** Nothing was sent since `forget` looked last. */
  isQuiet: boolean;
  /** While something is held: how to stop its timer. */
  cancel: (() => void) | undefined;
}

/** How often projects in which nothing happens are looked for, in milliseconds. */
const FORGET_MS = 250;

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
 *
 * What comes within `batchMs` of a frame is held for `batchMs` from its own coming, not from that frame: nothing waits
 * longer, and events that come evenly share a frame with as many others as they can.
 */
export function createBatcher({ rooms, sender, clock, meter, batchMs, noticeRooms }: BatcherDeps) {
  const batches = new Map<string, Batch>();
  /** Projects of which nothing was sent for a while: what was added goes out with `flush`. */
  const due = new Set<string>();
  let cancelForget: (() => void) | undefined;

  function batchOf(projectId: string): Batch {
    const known = batches.get(projectId);
    if (known !== undefined) {
      if (known.cancel === undefined && !due.has(projectId)) open(projectId, known);
      return known;
    }
    const made: Batch = {
      ...{ events: [], notices: [], extras: new Map() },
      ...{ sentAt: 0, isQuiet: false, cancel: undefined },
    };
    batches.set(projectId, made);
    due.add(projectId);
    forgetLater();
    return made;
  }

  /** Decides when what is added to an empty batch is sent. */
  function open(projectId: string, batch: Batch): void {
    if (clock.now() - batch.sentAt >= batchMs) due.add(projectId);
    else batch.cancel = clock.schedule(batchMs, () => send(projectId, batch));
  }

  /** Lets go of projects whose next event is a first one again. */
  function forget(): void {
    cancelForget = undefined;
    for (const [projectId, batch] of batches) {
      if (batch.cancel !== undefined || due.has(projectId)) continue;
      if (batch.isQuiet) batches.delete(projectId);
      batch.isQuiet = true;
    }
    if (batches.size > 0) forgetLater();
  }

  function forgetLater(): void {
    cancelForget ??= clock.schedule(Math.max(FORGET_MS, batchMs), forget);
  }

  function send(projectId: string, batch: Batch): void {
    const { events, notices, extras } = batch;
    batch.cancel?.();
    batch.cancel = undefined;
    batch.sentAt = clock.now();
    batch.isQuiet = false;
    batch.events = [];
    batch.notices = [];
    if (extras.size > 0) batch.extras = new Map();
    const room = rooms.get(projectRoom(projectId));
    if (events.length > 0 && room !== undefined) {
      meter.count("frames_sent");
      sender.lane(room.batched, "events", { events });
    }
    for (const { frame, peers } of grouped(extras)) sender.peers(peers, "events", { events: frame });
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
      for (const batch of batches.values()) batch.cancel?.();
      cancelForget?.();
      batches.clear();
      due.clear();
    },
  };
}

interface Group {
  readonly frame: readonly Envelope[];
  readonly peers: Peer[];
}

/** Peers with the very same events get one frame, encoded once. */
function grouped(extras: ReadonlyMap<Peer, readonly Envelope[]>): Iterable<Group> {
  const bySeqs = new Map<string, Group>();
  for (const [peer, frame] of extras) {
    const key = frame.map(({ seq }) => seq).join(" ");
    const known = bySeqs.get(key);
    if (known === undefined) bySeqs.set(key, { frame, peers: [peer] });
    else known.peers.push(peer);
  }
  return bySeqs.values();
}
