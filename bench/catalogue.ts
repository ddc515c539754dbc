/** A bench that `npm run bench` knows. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  /** From the folder `bench`. A `.bench.ts` is vitest's to run. */
  readonly script: string;
  /** Runs beside the systems of `bench/peers`, which are installed when they are first needed. */
  readonly hasPeers?: true;
}

export const BENCHES: readonly Bench[] = [
  {
    name: "reconnect",
    about: "bytes, time, processor time and round trips until a client that missed updates is consistent",
    script: "state/reconnect.ts",
    hasPeers: true,
  },
  {
    name: "optimistic",
    about: "one own edit until a subscriber has seen it, and a remote one while own ones are pending",
    script: "state/optimistic.ts",
    hasPeers: true,
  },
  {
    name: "live-event",
    about: "a live event from socket to subscriber, in the client's processor time",
    script: "state/live-event.ts",
  },
  {
    name: "store",
    about: "one edit in the memory and LMDB stores, by project size",
    script: "store.bench.ts",
  },
  {
    name: "fan-out",
    about: "an update to 100 and 1,000 clients, in the server's processor time",
    script: "server/fan-out.ts",
  },
  {
    name: "cluster-stores",
    about: "commits a second in memory, LMDB and Redis, side by side",
    script: "cluster/stores.ts",
  },
  {
    name: "cluster-fan-out",
    about: "an update on one server to 500 clients of two others, beside socket.io's sharded Redis adapter",
    script: "cluster/fan-out.ts",
    hasPeers: true,
  },
  {
    name: "cluster-outage",
    about:
      "what a client of another server misses while Redis is gone, beside socket.io's sharded Redis adapter",
    script: "cluster/outage.ts",
    hasPeers: true,
  },
  {
    name: "cluster-terminal",
    about:
      "a terminal's output from server A over Redis to a viewer on B, beside socket.io's sharded adapter",
    script: "cluster/terminal.ts",
    hasPeers: true,
  },
  {
    name: "demo-page",
    about: "how fast the demo is there in Chromium, at two widths",
    script: "page/demo.ts",
  },
  { name: "idle", about: "5,000 idle connections: memory and processor", script: "server/idle.ts" },
  { name: "storm", about: "2,000 clients that reconnect after a restart", script: "server/storm.ts" },
  {
    name: "terminal-exactness",
    about: "how often a viewer that comes back is wrong, beside tail replay and the serialize addon",
    script: "terminal/exactness.ts",
  },
  {
    name: "terminal-flood",
    about: "8 MB at 2 MB/s with a fast, a slow and a stalled viewer",
    script: "terminal/flood.ts",
  },
  {
    name: "terminal-throughput",
    about: "bytes from owner to viewer, beside bare socket.io",
    script: "terminal/throughput.ts",
  },
  {
    name: "terminal-echo",
    about: "from a key press to its echo by a real shell",
    script: "terminal/echo.ts",
  },
  {
    name: "terminal-catch-up",
    about: "what a viewer gets when it comes back",
    script: "terminal/catch-up.ts",
  },
  { name: "terminal-memory", about: "hot and hibernated sessions in memory", script: "terminal/memory.ts" },
  {
    name: "terminal-many-sessions",
    about: "200 sessions that print at once, two viewers each",
    script: "terminal/many-sessions.ts",
  },
];
