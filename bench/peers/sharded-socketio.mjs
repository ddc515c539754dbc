import { createServer } from "node:http";
import { createShardedAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { onPace, serveParent } from "../server/child.ts";
import { envelopeOf } from "../server/update.ts";

/*
 * The same room emit as in server/bare-socketio.ts, by one of several servers behind socket.io's sharded Redis adapter,
 * with the options of its clients that neither crash nor hold back local sockets while Redis is away.
 */
const url = process.env.REDIS;
const pub = new Redis(url, { enableOfflineQueue: false });
const sub = new Redis(url, { maxRetriesPerRequest: null });
for (const client of [pub, sub]) client.on("error", () => undefined);
await Promise.all([pub, sub].map((client) => new Promise((resolve) => client.once("ready", resolve))));

const http = createServer();
const io = new Server(http, {
  perMessageDeflate: false,
  serveClient: false,
  adapter: createShardedAdapter(pub, sub),
});
const page = io.of("/ui");
page.on("connection", (socket) => {
  const { projectId } = socket.handshake.auth;
  if (projectId !== undefined) void socket.join(`project:${projectId}`);
});
onPace((n, projectId) => {
  page.to(`project:${projectId}`).emit("task:updated", envelopeOf(n));
});
http.listen(0, "127.0.0.1", () => {
  serveParent(http.address().port, () => process.exit(0));
});
