import { WebSocket } from "ws";
import { createClient } from "../../sdk/index.ts";
import { createServer } from "../../server/index.ts";
import type { Contestant } from "./contestant.ts";

/** How many edits the server has under way at once: as many clients would. */
const AT_ONCE = 64;

export const contestant: Contestant = {
  async serve(tasks) {
    const server = await createServer({ store: "memory" });
    const { port } = await server.listen({ port: 0 });
    for (let from = 0; from < tasks.length; from += AT_ONCE) {
      const some = tasks.slice(from, from + AT_ONCE);
      await Promise.all(
        some.map(({ id, ...value }) => server.mutate("p1", { op: "create", collection: "tasks", id, value })),
      );
    }
    return {
      port,
      async edit(edits) {
        for (let from = 0; from < edits.length; from += AT_ONCE) {
          await Promise.all(
            edits.slice(from, from + AT_ONCE).map(({ id, set }) => {
              const patches = Object.entries(set).map(([field, value]) => ({
                op: "replace" as const,
                path: [field],
                value,
              }));
              return server.mutate("p1", { op: "update", collection: "tasks", id, patches });
            }),
          );
        }
      },
    };
  },

  async connect(port) {
    // The same WebSocket for all: the others run on `ws`, and Node's own costs half a millisecond more a connection.
    Object.assign(globalThis, { WebSocket });
    const client = createClient({ url: `http://127.0.0.1:${port}`, projectId: "p1" });
    await client.connect();
    return {
      size: () => client.tasks.list().length,
      get: (id) => client.tasks.get(id),
      onChange: (listener) => void client.tasks.subscribe(listener),
      offline: () =>
        new Promise((resolve) => {
          const look = (): boolean => client.status.getSnapshot().name === "waiting";
          if (look()) return resolve();
          const stop = client.status.subscribe(() => {
            if (!look()) return;
            stop();
            resolve();
          });
        }),
      online: () => void client.reconnect(),
    };
  },
};
