import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { onPace, serveParent } from "./child.ts";
import { envelopeOf } from "./update.ts";

/*
 * What an application does that uses socket.io alone: whatever a client sends goes to the room. No store, no
 * validation, no authorisation, no order: the floor for anything built on socket.io.
 */
const http = createServer();
const io = new Server(http, { perMessageDeflate: false, serveClient: false });
const page = io.of("/ui");
page.on("connection", (socket) => {
  if (socket.handshake.auth["projectId"] === "p1") void socket.join("project:p1");
  socket.on("update", (envelope: unknown, ack?: (answer: unknown) => void) => {
    page.to("project:p1").emit("task:updated", envelope);
    ack?.({ success: true });
  });
});
/** From inside, as an application does that is told by its database. */
onPace((n) => {
  page.to("project:p1").emit("task:updated", envelopeOf(n));
});
http.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
  // A server that listens on a port has an address.
  serveParent((http.address() as AddressInfo).port, () => io.close());
});
