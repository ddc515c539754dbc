import { once } from "node:events";
import { Duplex } from "node:stream";
import ShareDb from "sharedb";
import Connection from "sharedb/lib/client/connection.js";
import Snapshot from "sharedb/lib/snapshot.js";
import { WebSocket, WebSocketServer } from "ws";

/**
 * ShareDB's own memory database without its copy of the whole document at every read and write: documented as made for
 * tests, and not what is measured here.
 */
class Memory extends ShareDb.MemoryDB {
  _writeSnapshotSync(collection, id, snapshot) {
    this.docs[collection] ??= Object.create(null);
    this.docs[collection][id] = snapshot;
  }

  _getSnapshotSync(collection, id, includeMetadata) {
    const known = this.docs[collection]?.[id];
    if (known === undefined) return super._getSnapshotSync(collection, id, includeMetadata);
    return new Snapshot(id, known.v, known.type, known.data, null);
  }
}

function streamOf(socket) {
  const stream = new Duplex({
    objectMode: true,
    read() {},
    write(message, _encoding, done) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      done();
    },
  });
  socket.on("message", (data) => stream.push(JSON.parse(data.toString())));
  socket.on("close", () => stream.destroy());
  stream.on("error", () => {});
  return stream;
}

/** @type {import("../state/contestant.ts").Contestant} */
export const contestant = {
  async serve(tasks) {
    const backend = new ShareDb({ db: new Memory() });
    const own = backend.connect().get("projects", "p1");
    const all = Object.fromEntries(tasks.map((task) => [task.id, task]));
    await new Promise((resolve, reject) => own.create(all, (error) => (error ? reject(error) : resolve())));
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket) => backend.listen(streamOf(socket)));
    await once(server, "listening");
    return {
      port: server.address().port,
      async edit(edits) {
        for (const { id, set } of edits) {
          const op = Object.entries(set).map(([field, oi]) => ({
            p: [id, field],
            od: own.data[id][field],
            oi,
          }));
          // One at a time: what is submitted together is composed into one operation.
          await new Promise((resolve, reject) =>
            own.submitOp(op, (error) => (error ? reject(error) : resolve())),
          );
        }
      },
    };
  },

  async connect(port) {
    const open = () => new WebSocket(`ws://127.0.0.1:${port}`).on("error", () => {});
    let socket = open();
    const connection = new Connection(socket);
    const doc = connection.get("projects", "p1");
    await new Promise((resolve, reject) => doc.subscribe((error) => (error ? reject(error) : resolve())));
    return {
      size: () => Object.keys(doc.data ?? {}).length,
      get: (id) => doc.data?.[id],
      onChange: (listener) => doc.on("op", listener).on("load", listener),
      async offline() {
        if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
      },
      online() {
        socket = open();
        connection.bindToSocket(socket);
      },
    };
  },
};
