import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Server } from "socket.io";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import { pack, unpack } from "../../server/emulator/packing.ts";
import { createServer } from "../../server/index.ts";
import { act } from "../actor.ts";

/** What a server process uses. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Heap and buffers in use. */
  readonly heldBytes: number;
  /** How late the event loop was, 99th percentile since the last look, in milliseconds. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

const SILENT = { debug() {}, info() {}, warn() {}, error: console.error };

/** Its emulators in the thread that is looked at: a heap is known to its own thread only. */
const HERE: Emulator = {
  createMirror: (start) => createMirror(start),
  pack,
  unpack,
};

/** The server as `holdfast serve` runs it, without a disk. */
async function startHoldfast(terminalLimits: object, emulator?: Emulator): Promise<number> {
  const options = { store: "memory", logger: SILENT, pages: {}, terminalLimits };
  const server = await createServer(emulator === undefined ? options : { ...options, emulator });
  return (await server.listen({ port: 0 })).port;
}

/** What an application does that has socket.io alone: what the owner prints goes to a room, what is typed to the owner. */
async function startBare(): Promise<number> {
  const http = createHttpServer();
  const io = new Server(http, { perMessageDeflate: false, serveClient: false, maxHttpBufferSize: 1e8 });
  io.on("connection", (socket) => {
    socket.on("watch", (sessionId: string, ack: () => void) => {
      void socket.join(sessionId);
      ack();
    });
    socket.on("own", (sessionId: string) => void socket.join(`owner:${sessionId}`));
    socket.on("output", (sessionId: string, data: Buffer, ack?: () => void) => {
      io.to(sessionId).emit("output", sessionId, data);
      ack?.();
    });
    socket.on("input", (sessionId: string, data: string) => {
      io.to(`owner:${sessionId}`).emit("input", sessionId, data);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  // It listens on a port.
  return (http.address() as AddressInfo).port;
}

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

export type ServerKind = "holdfast" | "holdfast-in-one-thread" | "bare";

act({
  start(kind: ServerKind, terminalLimits: object = {}) {
    if (kind === "bare") return startBare();
    return startHoldfast(terminalLimits, kind === "holdfast" ? undefined : HERE);
  },
  usage(collect = false): Usage {
    if (collect) for (let round = 0; round < 4; round += 1) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    // The histogram counts the sampling interval itself.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const usage = {
      cpuMs: (user + system) / 1_000,
      rssBytes: rss,
      heldBytes: heapUsed + arrayBuffers,
      lagP99Ms: late(delay.percentile(99)),
      lagMaxMs: late(delay.max),
    };
    delay.reset();
    return usage;
  },
});
