import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import { WebSocket } from "ws";
import * as Y from "yjs";

/** @type {import("../state/contestant.ts").Contestant} */
export const contestant = {
  async serve(tasks) {
    const server = new Server({ port: 0, address: "127.0.0.1", quiet: true, stopOnSignals: false });
    await server.listen(0);
    const direct = await server.hocuspocus.openDirectConnection("p1");
    await direct.transact((doc) => {
      const all = doc.getMap("tasks");
      for (const task of tasks) all.set(task.id, new Y.Map(Object.entries(task)));
    });
    return {
      port: server.httpServer.address().port,
      async edit(edits) {
        for (const { id, set } of edits) {
          await direct.transact((doc) => {
            const task = doc.getMap("tasks").get(id);
            for (const [field, value] of Object.entries(set)) task.set(field, value);
          });
        }
      },
    };
  },

  async connect(port) {
    const document = new Y.Doc();
    const tasks = document.getMap("tasks");
    let isOpen = false;
    let closed = () => {};
    const websocketProvider = new HocuspocusProviderWebsocket({
      url: `ws://127.0.0.1:${port}`,
      WebSocketPolyfill: WebSocket,
      onOpen() {
        isOpen = true;
      },
      onClose() {
        isOpen = false;
        closed();
      },
    });
    const provider = new HocuspocusProvider({ websocketProvider, name: "p1", document, awareness: null });
    provider.attach();
    await new Promise((resolve) => {
      provider.on("synced", resolve);
    });
    return {
      size: () => tasks.size,
      get: (id) => tasks.get(id)?.toJSON(),
      onChange: (listener) => tasks.observeDeep(listener),
      // Its own retry, due a second after a break, would begin a second connection beside the one it is told to make.
      async beforeCut() {
        const gone = new Promise((resolve) => {
          closed = resolve;
        });
        websocketProvider.disconnect();
        if (isOpen) await gone;
      },
      async offline() {},
      online: () => void websocketProvider.connect(),
    };
  },
};
