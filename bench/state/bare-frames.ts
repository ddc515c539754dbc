import type { Entity, EventsFrame } from "../../sdk/protocol/index.ts";
import { createBareListener } from "./bare-listener.ts";

/** The very frames the SDK gets, believed without a look at version, seq or epoch. */
export const contestant = createBareListener({ protocol: 1, batch: true }, (socket, tasks, changed) => {
  socket.on("events", ({ events }: EventsFrame) => {
    for (const event of events) {
      if (!("change" in event)) continue;
      const { id, version, set } = event.change;
      // What is set on an entity makes an entity.
      tasks.set(id, { ...tasks.get(id), ...set, id, version } as Entity);
    }
    changed();
  });
});
