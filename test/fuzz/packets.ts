import { once } from "node:events";
import fc from "fast-check";
import { WebSocket } from "ws";
import type { Surface } from "./surface.ts";

const deep = (open: string, close: string, levels: number): string =>
  open.repeat(levels) + close.repeat(levels);
const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.string(),
  fc.constant(deep("[", "]", 5_000)),
  fc.constant("[".repeat(20_000)),
  fc.constant('{"a":'.repeat(3_000)),
);
const namespaces = fc.constantFrom("", "/ui,", "/cli,", "/terminal,", "/mobile,", "/nowhere,", "/ui?x=1,");
const names = fc.constantFrom("mutate", "state:sync", "error", "disconnect", "newListener", "__proto__");
const kinds = fc.constantFrom("0", "1", "2", "3", "4", "51-", "62-", "5999999-");

type Packet = string | Uint8Array;

/** Below the protocol: what is no packet of Engine.IO or Socket.IO, or a broken one. It may cost its connection. */
export const packets: Surface<Packet> = {
  name: "packets",
  payloads: fc.oneof(
    fc.string(),
    fc.string().map((text) => `4${text}`),
    fc.tuple(kinds, namespaces, fc.constantFrom("", "7"), json).map((parts) => `4${parts.join("")}`),
    fc.tuple(names, json).map(([name, payload]) => `42/ui,7["${name}",${payload}]`),
    fc.uint8Array({ maxLength: 50 }),
  ),
  // A broken one ends the connection: what is behind it would reach nobody.
  perConnection: 3,
  async attack({ url }, sent) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    socket.on("error", () => undefined);
    await once(socket, "open");
    const closed = once(socket, "close");
    if (sent.length % 2 === 1) socket.send("40/ui,{}");
    for (const packet of sent) socket.send(packet);
    socket.close();
    await closed;
    return 0;
  },
};
