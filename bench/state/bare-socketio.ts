import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import type { Contestant } from "./contestant.ts";
import type { Edit, Task } from "./tasks.ts";

/** What the documentation of socket.io leads to: everything again at every connect, then a patch an event. */
export const contestant: Contestant = {
  async serve(tasks) {
    const state = new Map<string, object>(tasks.map((task) => [task.id, task]));
    const http = createServer();
    const server = new Server(http);
    server.on("connection", (socket) => {
      void socket.join("p1");
      socket.on("state:sync", (answer: (tasks: readonly object[]) => void) => answer([...state.values()]));
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return {
      // It listens on a port.
      port: (http.address() as AddressInfo).port,
      async edit(edits) {
        for (const { id, set } of edits) {
          state.set(id, { ...state.get(id), ...set });
          server.to("p1").emit("patch", id, set);
        }
      },
    };
  },

  async connect(port) {
    let tasks = new Map<string, Task>();
    let changed = (): void => {};
    const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
    socket.on("connect", () => {
      socket.emit("state:sync", (all: readonly Task[]) => {
        tasks = new Map(all.map((task) => [task.id, task]));
        changed();
      });
    });
    socket.on("patch", (id: string, set: Edit["set"]) => {
      const task = tasks.get(id);
      if (task === undefined) return;
      tasks.set(id, { ...task, ...set });
      changed();
    });
    return {
      size: () => tasks.size,
      get: (id) => tasks.get(id),
      onChange(listener) {
        changed = listener;
      },
      async offline() {
        if (socket.connected) await new Promise((resolve) => socket.once("disconnect", resolve));
      },
      online: () => void socket.connect(),
    };
  },
};
