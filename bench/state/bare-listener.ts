import { io, type Socket } from "socket.io-client";
import type { Entity } from "../../sdk/protocol/index.ts";
import type { Contestant } from "./contestant.ts";
import { contestant as holdfast } from "./holdfast.ts";

/** What a socket does with what it hears: writes the Map, then tells. */
type Hear = (socket: Socket, tasks: Map<string, Entity>, changed: () => void) => void;

/** A bare socket.io-client on the real server that keeps tasks in a Map: no positions, no way back after a break. */
export function createBareListener(auth: object, hear: Hear): Contestant {
  return {
    serve: holdfast.serve,
    async connect(port) {
      const tasks = new Map<string, Entity>();
      let changed = (): void => {};
      const socket = io(`http://127.0.0.1:${port}/ui`, {
        transports: ["websocket"],
        auth: { projectId: "p1", ...auth },
      });
      hear(socket, tasks, () => changed());
      // A snapshot: nothing was asked for that could be a delta.
      const ack = (await socket.emitWithAck("state:sync", {})) as { tasks: readonly Entity[] };
      for (const task of ack.tasks) tasks.set(task.id, task);
      return {
        size: () => tasks.size,
        get: (id) => tasks.get(id),
        onChange(listener) {
          changed = listener;
        },
        offline: () => Promise.reject(new Error("it only listens")),
        online() {},
      };
    },
  };
}
