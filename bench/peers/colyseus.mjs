import { matchMaker, Room, Server } from "@colyseus/core";
import { Encoder, schema, t } from "@colyseus/schema";
import { Client } from "@colyseus/sdk";
import { WebSocketTransport } from "@colyseus/ws-transport";

// Room for a first state of 50,000 tasks: without it each growth is told on the console.
Encoder.BUFFER_SIZE = 16 * 1024 * 1024;

const Task = schema(
  {
    id: t.string(),
    projectId: t.string(),
    title: t.string(),
    status: t.string(),
    priority: t.number(),
    points: t.number(),
    rev: t.number(),
    sessionIds: t.array("string"),
    version: t.number(),
    seq: t.number(),
    createdAt: t.number(),
    updatedAt: t.number(),
  },
  "Task",
);
const State = schema({ tasks: t.map(Task) }, "State");

/** @type {import("../state/contestant.ts").Contestant} */
export const contestant = {
  async serve(tasks) {
    let state;
    class Project extends Room {
      onCreate() {
        this.autoDispose = false;
        this.patchRate = 50;
        state = new State();
        for (const task of tasks) state.tasks.set(task.id, new Task(task));
        this.state = state;
      }
    }
    const server = new Server({
      transport: new WebSocketTransport(),
      greet: false,
      gracefullyShutdown: false,
    });
    server.define("project", Project);
    await server.listen(0, "127.0.0.1");
    await matchMaker.createRoom("project", {});
    return {
      port: server.transport.server.address().port,
      async edit(edits) {
        for (const { id, set } of edits) Object.assign(state.tasks.get(id), set);
      },
    };
  },

  async connect(port) {
    const client = new Client(`ws://127.0.0.1:${port}`);
    let changed = () => {};
    let left = Promise.resolve();
    let room;
    const join = async () => {
      room = await client.joinOrCreate("project");
      if (room.reconnection) room.reconnection.enabled = false;
      left = new Promise((resolve) => {
        room.onLeave(resolve);
      });
      room.onError(() => {});
      room.onStateChange(() => changed());
    };
    await join();
    return {
      size: () => room.state?.tasks?.size ?? 0,
      get: (id) => room.state?.tasks?.get(id),
      onChange(listener) {
        changed = listener;
      },
      offline: () => left,
      online: () => void join(),
    };
  },
};
