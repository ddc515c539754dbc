import * as Y from "yjs";

/** Yjs alone: a document, an observer, and the update that a provider would send. */
export function createWriter(entities, seen, send) {
  const doc = new Y.Doc();
  const tasks = doc.getMap("tasks");
  doc.transact(() => {
    for (const task of entities) tasks.set(task.id, new Y.Map(Object.entries(task)));
  });
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  let made = new Uint8Array();
  other.on("update", (update) => {
    made = update;
  });
  doc.on("update", (update, origin) => {
    if (origin !== "remote") send(update);
  });
  tasks.observeDeep((events) => {
    for (const { target } of events) if (target.get("title") !== undefined) seen();
  });
  return {
    edit(id, title) {
      tasks.get(id).set("title", title);
    },
    remote(id, title) {
      other.getMap("tasks").get(id).set("title", title);
      const update = made;
      return () => Y.applyUpdate(doc, update, "remote");
    },
    drain() {},
  };
}
