import type { Edit, Task } from "./tasks.ts";

export interface ContestantServer {
  readonly port: number;
  /** Resolves when every edit is in the server's state and sent to whoever is connected. */
  edit(edits: readonly Edit[]): Promise<void>;
}

export interface ContestantClient {
  /** How many tasks it holds. */
  size(): number;
  get(id: string): Readonly<Record<string, unknown>> | undefined;
  /** Hears that tasks changed: as often as the system tells its own subscribers. */
  onChange(listener: () => void): void;
  /** Right before the network goes, for a system whose own timers would come in the way of `online`. */
  beforeCut?(): Promise<void>;
  /** The network is gone; resolves when the system knows and tries no more by itself, or only in vain. */
  offline(): Promise<void>;
  /** The network is back: connects now, not when the system's own timer says. */
  online(): void;
}

/** A way to keep a list of tasks in step with a server, as the benches drive it. One process serves, another connects. */
export interface Contestant {
  serve(tasks: readonly Task[]): Promise<ContestantServer>;
  /** Resolves when connected; not necessarily with everything there. */
  connect(port: number): Promise<ContestantClient>;
}

/** What runs beside Holdfast; those of `bench/peers` only where that is installed. */
export const CONTESTANTS = {
  floor: { module: "./floor.ts", about: "bare ws: just the missed patches, one frame" },
  holdfast: { module: "./holdfast.ts", about: "the real server and client over socket.io" },
  "bare socket.io": { module: "./bare-socketio.ts", about: "full state at every connect, a mutable Map" },
  sharedb: { module: "../peers/sharedb.mjs", about: "one json0 document a project" },
  hocuspocus: { module: "../peers/hocuspocus.mjs", about: "Yjs, a Y.Map of Y.Map, no awareness" },
  colyseus: { module: "../peers/colyseus.mjs", about: "a schema MapSchema, patch rate 50 ms" },
} as const satisfies Record<string, { module: string; about: string }>;

/** Clients of the real server that only listen. */
export const LISTENERS = {
  "bare socket.io, an event each": { module: "./bare-events.ts" },
  "bare socket.io, the same frames": { module: "./bare-frames.ts" },
  holdfast: { module: "./holdfast.ts" },
} as const satisfies Record<string, { module: string }>;

export type ContestantName = keyof typeof CONTESTANTS;
export type ListenerName = keyof typeof LISTENERS;

export async function loadContestant(name: ContestantName | ListenerName): Promise<Contestant> {
  const { module } = { ...CONTESTANTS, ...LISTENERS }[name];
  const { contestant } = (await import(module)) as { contestant: Contestant };
  return contestant;
}
