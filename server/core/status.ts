import type { Attachments } from "./attachments.ts";
import type { Clock } from "./ports/clock.ts";
import type { DevRegistry } from "./ports/dev-registry.ts";
import { isChannelRoom, type Rooms } from "./rooms.ts";
import type { Terminals, TerminalsStatus } from "./terminals/terminals.ts";

/** What a server is doing now, as far as the core knows (protocol section 15). */
export interface HubStatus {
  readonly serverId: string;
  readonly uptimeMs: number;
  readonly namespaces: {
    readonly ui: NamespaceStatus;
    readonly mobile: NamespaceStatus;
    readonly cli: NamespaceStatus;
    readonly terminal: TerminalNamespaceStatus;
    readonly dev: { readonly connected: number; readonly registered: number };
  };
  /** Plain WebSockets, and the channels they listen to. */
  readonly ws: { readonly connected: number; readonly channels: number };
}

/** What waits in a server to be done or sent. */
export interface Queues {
  /** Events and commits under way. */
  readonly inFlight: number;
  /** Bytes that have not left: of all sockets of a namespace, and of the slowest. */
  readonly unsentBytes: Readonly<Record<string, { readonly sum: number; readonly max: number }>>;
}

/** Sockets on `/terminal`, and the terminals with all who watch them, wherever from. */
export interface TerminalNamespaceStatus extends Pick<TerminalsStatus, "viewers" | "lagBytes"> {
  readonly connected: number;
  readonly activeSessions: number;
}

/** Sockets of a namespace, and how many of them are in each room. */
export interface NamespaceStatus {
  readonly connected: number;
  readonly rooms: Readonly<Record<string, number>>;
  readonly roomCount: number;
}

export interface StatusDeps {
  readonly serverId: string;
  readonly attachments: Attachments;
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly terminals: Pick<Terminals, "status">;
  readonly devRegistry: Pick<DevRegistry, "registered">;
}

export function createStatus({ serverId, attachments, rooms, clock, terminals, devRegistry }: StatusDeps) {
  const startedAt = clock.now();
  const of = (namespace: "/ui" | "/mobile" | "/cli"): NamespaceStatus => {
    const sizes = rooms.sizes(namespace);
    return { connected: attachments.in(namespace).size, rooms: sizes, roomCount: Object.keys(sizes).length };
  };
  const ofTerminals = (): TerminalNamespaceStatus => {
    const { active, viewers, lagBytes } = terminals.status();
    return { connected: attachments.in("/terminal").size, activeSessions: active, viewers, lagBytes };
  };
  return (): HubStatus => ({
    serverId,
    uptimeMs: clock.now() - startedAt,
    namespaces: {
      ui: of("/ui"),
      mobile: of("/mobile"),
      cli: of("/cli"),
      terminal: ofTerminals(),
      dev: { connected: attachments.in("/").size, registered: devRegistry.registered },
    },
    ws: {
      connected: attachments.in("/ws").size,
      channels: Object.keys(rooms.sizes("/ws")).filter(isChannelRoom).length,
    },
  });
}

/** Looks at every socket: for who asks now and then, not for each event. */
export function createQueues(attachments: Pick<Attachments, "all">, inFlight: { readonly count: number }) {
  return (): Queues => {
    const unsentBytes: Record<string, { sum: number; max: number }> = {};
    for (const { peer } of attachments.all()) {
      const bytes = peer.unsentBytes();
      const { sum, max } = unsentBytes[peer.namespace] ?? { sum: 0, max: 0 };
      unsentBytes[peer.namespace] = { sum: sum + bytes, max: Math.max(max, bytes) };
    }
    return { inFlight: inFlight.count, unsentBytes };
  };
}
