import type { Attachment } from "./attachment.ts";
import type { Caller } from "./handler.ts";
import type { Peer, PeerTransport } from "./ports/peer.ts";

/** Peers by transport, so that one event is encoded once for all of a transport. */
export type Lane = ReadonlyMap<PeerTransport, ReadonlySet<Peer>>;

/** Who hears something together. Those that asked for batches stand apart. */
export interface Room {
  readonly members: ReadonlySet<Caller>;
  readonly single: Lane;
  readonly batched: Lane;
}

interface OwnRoom extends Room {
  readonly members: Set<Caller>;
  readonly single: Map<PeerTransport, Set<Peer>>;
  readonly batched: Map<PeerTransport, Set<Peer>>;
}

/** Names of rooms; no id holds a slash. */
export const projectRoom = (projectId: string): string => `project:${projectId}`;
export const sessionRoom = (sessionId: string): string => `session:${sessionId}`;
export const channelRoom = (projectId: string, channel: string): string => `channel:${projectId}/${channel}`;
/** Who hears a channel of every project; no project has this name. */
export const everyChannelRoom = (channel: string): string => channelRoom("*", channel);
export const isChannelRoom = (name: string): boolean => name.startsWith("channel:");
/** Who hears a project's focus without its domain events: viewers of terminals. */
export const focusRoom = (projectId: string): string => `focus:${projectId}`;

export interface Rooms {
  get(name: string): Room | undefined;
  join(caller: Caller, name: string): void;
  leave(caller: Caller, name: string): void;
  /** For good: a caller that is gone joins nothing any more, whatever is still under way for it. */
  leaveAll(caller: Caller): void;
  /** Names of the rooms a caller is in, of one kind if a prefix such as `session:` is given. */
  of(caller: Caller, prefix?: string): readonly string[];
  has(caller: Caller, name: string): boolean;
  /** Members of each room of a namespace. */
  sizes(namespace: string): Readonly<Record<string, number>>;
}

/** Told of rooms as somebody comes and nobody is left. */
export interface RoomWatch {
  opened(name: string): void;
  emptied(name: string): void;
}

export function createRooms(watch?: RoomWatch): Rooms {
  const rooms = new Map<string, OwnRoom>();
  const gone = new WeakSet<Caller>();
  // Only the hub makes callers, and it makes attachments.
  const roomsOf = (caller: Caller): Set<string> => (caller as Attachment).rooms;
  const laneOf = (room: OwnRoom, caller: Caller) => (caller.batch ? room.batched : room.single);

  function enter(room: OwnRoom, caller: Caller): void {
    const { peer } = caller;
    room.members.add(caller);
    const lane = laneOf(room, caller);
    const peers = lane.get(peer.transport);
    if (peers === undefined) lane.set(peer.transport, new Set([peer]));
    else peers.add(peer);
  }

  function exit(name: string, caller: Caller): void {
    const room = rooms.get(name);
    if (room === undefined) return;
    const { peer } = caller;
    room.members.delete(caller);
    const lane = laneOf(room, caller);
    const peers = lane.get(peer.transport);
    peers?.delete(peer);
    if (peers?.size === 0) lane.delete(peer.transport);
    if (room.members.size > 0) return;
    rooms.delete(name);
    watch?.emptied(name);
  }

  return {
    get: (name) => rooms.get(name),
    join(caller, name) {
      const joined = roomsOf(caller);
      if (joined.has(name) || gone.has(caller)) return;
      joined.add(name);
      const known = rooms.get(name);
      const room: OwnRoom = known ?? { members: new Set(), single: new Map(), batched: new Map() };
      if (known === undefined) rooms.set(name, room);
      enter(room, caller);
      if (known === undefined) watch?.opened(name);
    },
    leave(caller, name) {
      if (roomsOf(caller).delete(name)) exit(name, caller);
    },
    leaveAll(caller) {
      gone.add(caller);
      const joined = roomsOf(caller);
      for (const name of joined) exit(name, caller);
      joined.clear();
    },
    of(caller, prefix) {
      const names = [...roomsOf(caller)];
      return prefix === undefined ? names : names.filter((name) => name.startsWith(prefix));
    },
    has: (caller, name) => roomsOf(caller).has(name),
    sizes(namespace) {
      const sizes: Record<string, number> = {};
      for (const [name, { members }] of rooms) {
        let size = 0;
        for (const { peer } of members) if (peer.namespace === namespace) size += 1;
        if (size > 0) sizes[name] = size;
      }
      return sizes;
    },
  };
}
