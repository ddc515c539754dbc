/** A group of files with one rule about what it may import of ours. */
export interface Room {
  readonly name: string;
  readonly files: RegExp;
  /** Names of rooms, besides the room itself. */
  readonly may: readonly string[];
}

const leaves = ["protocol", "util"];
/** What every part of the client may import: it holds a link, never a socket, another part or the client. */
const part = [...leaves, "errors", "link", "trace"];
const parts = [
  "connection",
  "auth",
  "bootstrap",
  "store",
  "sync",
  "mutations",
  "focus",
  "channels",
  "terminal",
  "dev",
  "react",
  "inspector",
];
const core = [...leaves, "emulator", "core", "store interface"];
const edges = ["auth edge", "emulator edge", "gateway", "http", "ops"];
const stores = ["store interface", "memory store", "lmdb and redis stores"];

function folder(name: string, path: string, may: readonly string[]): Room {
  return { name, files: new RegExp(`^${path}/`), may };
}

/** The first room that matches a file is its room. */
const rooms: readonly Room[] = [
  folder("protocol", "sdk/protocol", []),
  folder("util", "sdk/util", []),
  folder("emulator", "sdk/emulator", []),
  { name: "errors", files: /^sdk\/errors\.ts$/, may: leaves },
  {
    name: "link",
    files: /^sdk\/connection\/(link|part|internals|transport)\.ts$/,
    may: [...leaves, "errors"],
  },
  folder("trace", "sdk/trace", leaves),
  folder("connection", "sdk/connection", part),
  folder("auth", "sdk/auth", part),
  folder("bootstrap", "sdk/bootstrap", part),
  folder("store", "sdk/store", part),
  folder("sync", "sdk/sync", [...part, "store"]),
  folder("mutations", "sdk/mutations", [...part, "store"]),
  folder("focus", "sdk/focus", part),
  folder("channels", "sdk/channels", part),
  // The guards that keep a viewer's screen equal to the mirror's; `reach` keeps the mirror itself out.
  folder("terminal", "sdk/terminal", [...part, "emulator"]),
  folder("dev", "sdk/dev", part),
  folder("react", "sdk/react", part),
  folder("inspector", "sdk/inspector", part),
  folder("agent", "sdk/agent", [...part, "emulator", "client", "dev"]),
  folder("testing", "sdk/testing", [...part, ...core, "memory store"]),
  { name: "client", files: /^sdk\/[^/]+\.ts$/, may: [...part, ...parts] },

  folder("core", "server/core", core),
  { name: "store interface", files: /^server\/store\/store\.ts$/, may: [...leaves, "core"] },
  {
    name: "lmdb and redis stores",
    files: /^server\/store\/(lmdb|redis|open-store)/,
    may: [...leaves, "core", "store interface", "memory store"],
  },
  folder("memory store", "server/store", [...leaves, "core", "store interface"]),
  // Stands on the connections of the Redis store.
  folder("cluster", "server/cluster", [...core, "lmdb and redis stores"]),
  ...edges.map((name) => folder(name, `server/${name.replace(" edge", "")}`, [...core, ...edges])),
  folder("bin", "server/bin", [
    ...core,
    ...edges,
    ...stores,
    "server",
    "agent",
    "client",
    "errors",
    "link",
    "dev",
  ]),
  { name: "server", files: /^server\/[^/]+\.ts$/, may: [...core, ...edges, "cluster", ...stores] },

  folder("demo", "demo", []),
  folder("examples", "examples", []),
  folder("test", "test", ["*"]),
  folder("bench", "bench", ["*"]),
  { name: "configuration", files: /^[^/]+\.mjs$/, may: [] },
];

export function roomOf(path: string): Room | undefined {
  return rooms.find(({ files }) => files.test(path));
}
