import { createServer } from "node:http";
import { createShardedAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { act } from "../actor.ts";

/*
 * What an application does that has socket.io alone, on several servers behind its sharded Redis adapter: what the owner
 * prints goes to a room. Nothing is kept, so nothing can be had again.
 */
const quiet = () => undefined;

act({
  usage: () => process.cpuUsage(),
  async start(url) {
    const pub = new Redis(url, { enableOfflineQueue: false });
    const sub = new Redis(url, { maxRetriesPerRequest: null });
    for (const client of [pub, sub]) client.on("error", quiet);
    await Promise.all([pub, sub].map((client) => new Promise((resolve) => client.once("ready", resolve))));
    const http = createServer();
    const io = new Server(http, {
      perMessageDeflate: false,
      serveClient: false,
      maxHttpBufferSize: 1e8,
      adapter: createShardedAdapter(pub, sub),
    });
    io.on("connection", (socket) => {
      socket.on("watch", async (sessionId, ack) => {
        await socket.join(sessionId);
        ack();
      });
      socket.on("own", (sessionId) => void socket.join(`owner:${sessionId}`));
      socket.on("output", (sessionId, data, ack) => {
        io.to(sessionId).emit("output", sessionId, data);
        ack?.();
      });
    });
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    return http.address().port;
  },
});
