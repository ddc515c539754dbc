import type { Entity, Envelope } from "../../sdk/protocol/index.ts";
import { createBareListener } from "./bare-listener.ts";

/** Every event alone and with the whole task, as a client written before the SDK gets it. */
export const contestant = createBareListener({}, (socket, tasks, changed) => {
  socket.on("task:updated", ({ data }: Envelope<Entity>) => {
    tasks.set(data.id, data);
    changed();
  });
});
