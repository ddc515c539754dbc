import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { Contestant } from "./contestant.ts";
import type { Edit, Task } from "./tasks.ts";

type Patch = readonly [id: string, set: Edit["set"]];
type Frame = { readonly s: number; readonly t?: readonly Task[]; readonly p?: readonly Patch[] };

/**
 * The ruler: the least that could work. A log of patches, the position in the URL, what was missed in one frame, a
 * mutable map. No product: no auth, no validation, a history without end.
 */
export const contestant: Contestant = {
  async serve(tasks) {
    const state = new Map<string, object>(tasks.map((task) => [task.id, task]));
    const log: Patch[] = [];
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket, request) => {
      const since = new URL(request.url ?? "/", "ws://floor").searchParams.get("since");
      const first = since === null ? { t: [...state.values()] } : { p: log.slice(Number(since)) };
      socket.send(JSON.stringify({ s: log.length, ...first }));
    });
    await once(server, "listening");
    return {
      // It listens on a port.
      port: (server.address() as AddressInfo).port,
      async edit(edits) {
        for (const { id, set } of edits) {
          state.set(id, { ...state.get(id), ...set });
          log.push([id, set]);
          if (server.clients.size === 0) continue;
          const frame = JSON.stringify({ s: log.length, p: [[id, set]] });
          for (const client of server.clients) client.send(frame);
        }
      },
    };
  },

  async connect(port) {
    const tasks = new Map<string, Task>();
    let seq: number | undefined;
    let changed = (): void => {};
    let socket: WebSocket;
    const open = (): void => {
      socket = new WebSocket(`ws://127.0.0.1:${port}/${seq === undefined ? "" : `?since=${seq}`}`);
      socket.on("error", () => {});
      socket.on("message", (data: Buffer) => {
        const { s, t = [], p = [] } = JSON.parse(data.toString()) as Frame;
        for (const task of t) tasks.set(task.id, task);
        for (const [id, set] of p) {
          const task = tasks.get(id);
          if (task !== undefined) tasks.set(id, { ...task, ...set });
        }
        seq = s;
        changed();
      });
    };
    open();
    return {
      size: () => tasks.size,
      get: (id) => tasks.get(id),
      onChange(listener) {
        changed = listener;
      },
      async offline() {
        if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
      },
      online: open,
    };
  },
};
