import Connection from "sharedb/lib/client/connection.js";

/** ShareDB's client on a socket that goes nowhere; what a server would say is said by hand. */
export function createWriter(entities, seen, send) {
  const socket = { readyState: 1, send: (text) => send(text), close() {} };
  const connection = new Connection(socket);
  connection.handleMessage({
    a: "hs",
    protocol: 1,
    protocolMinor: 2,
    id: "me",
    type: "http://sharejs.org/types/JSONv0",
  });
  const doc = connection.get("projects", "p1");
  const data = Object.fromEntries(entities.map((task) => [task.id, task]));
  doc.ingestSnapshot({ v: 1, type: "http://sharejs.org/types/JSONv0", data }, (error) => {
    if (error) throw error;
  });
  let last = "";
  doc.on("op", () => {
    if (doc.data[last]?.title !== undefined) seen();
  });
  const opOf = (id, title) => [{ p: [id, "title"], od: doc.data[id].title, oi: title }];
  let others = 0;
  return {
    edit(id, title) {
      last = id;
      doc.submitOp(opOf(id, title));
    },
    remote(id, title) {
      return () => {
        last = id;
        others += 1;
        const op = opOf(id, title);
        connection.handleMessage({
          a: "op",
          c: "projects",
          d: "p1",
          v: doc.version,
          src: "other",
          seq: others,
          op,
        });
      };
    },
    drain() {
      for (let own = doc.inflightOp; own; own = doc.inflightOp) {
        connection.handleMessage({
          a: "op",
          c: "projects",
          d: "p1",
          v: doc.version,
          src: own.src,
          seq: own.seq,
        });
        doc.flush();
      }
    },
  };
}
