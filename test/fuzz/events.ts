import { once } from "node:events";
import fc from "fast-check";
import { WebSocket } from "ws";
import { z } from "zod";
import { CLIENT_EVENTS, NAMESPACES, RELAYS, registerClientSchema } from "../../sdk/protocol/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { around } from "./around.ts";
import { anyJson, fitting, type JsonSchema } from "./json-arbitrary.ts";
import { Broken, type Surface } from "./surface.ts";

interface Sent {
  readonly namespace: string;
  readonly event: string;
  readonly payload: unknown;
}

const ANSWERED: ReadonlySet<string> = new Set([
  ...Object.keys(CLIENT_EVENTS),
  ...Object.keys(RELAYS),
  "register-client",
]);

const schemaOf = (schema: z.ZodType): JsonSchema =>
  // zod's own type of a JSON Schema is wider than what it writes here.
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;

const one = (event: string, namespaces: readonly string[], fits: fc.Arbitrary<unknown>): fc.Arbitrary<Sent> =>
  fc.record({ namespace: fc.constantFrom(...namespaces), event: fc.constant(event), payload: around(fits) });

const asText = (fits: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fits,
    fits.map((value) => JSON.stringify(value)),
  );

/** Every event of the protocol, wherever it may be sent; payloads from its schema and around it. */
const known: ReadonlyArray<fc.Arbitrary<Sent>> = [
  ...Object.entries(CLIENT_EVENTS).map(([event, { namespaces, payload }]) =>
    one(event, namespaces, fitting(schemaOf(payload))),
  ),
  one("register-client", ["/"], asText(fitting(schemaOf(registerClientSchema)))),
  ...Object.keys(RELAYS).map((event) => one(event, ["/"], asText(anyJson))),
];

/** Names that are nobody's, or somebody else's: never answered, never fatal. */
const stray: fc.Arbitrary<Sent> = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  event: fc.constantFrom("plain:focus", "message", "error", "__proto__", "toString", ""),
  payload: anyJson,
});

/** All of one connection's namespaces; Socket.IO's own names are left to `packets`: they end the connection. */
export const events: Surface<Sent> = {
  name: "events",
  payloads: fc.oneof({ weight: 30, arbitrary: fc.oneof(...known) }, { weight: 1, arbitrary: stray }),
  perConnection: 120,
  async attack({ url }, sent) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const waiting = new Map<number, Sent>();
    const faults: Error[] = [];
    let joined = 0;
    let accepted = 0;
    let progress = (): void => undefined;
    socket.on("error", () => undefined);
    socket.on("close", () => progress());
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text === "2") socket.send("3");
      if (text.startsWith("40")) joined += 1;
      const [, id, body = ""] = /^4(?:3|6\d+-)(?:\/[^,]*,)?(\d+)(.*)$/s.exec(text) ?? [];
      if (id !== undefined) {
        const [ack] = JSON.parse(body) as [{ success?: unknown; code?: unknown; timestamp?: unknown }];
        const about = waiting.get(Number(id));
        if (about === undefined) faults.push(new Broken("acked twice", id));
        else if (typeof ack?.success !== "boolean" || ack.code === "INTERNAL")
          faults.push(new Broken(body, about));
        waiting.delete(Number(id));
        if (ack?.success === true) accepted += 1;
      }
      progress();
    });
    await once(socket, "open");
    const until = async (isDone: () => boolean): Promise<void> => {
      const late = AbortSignal.timeout(PATIENCE_MS);
      late.addEventListener("abort", () => progress());
      while (!isDone() && !late.aborted && socket.readyState === socket.OPEN) {
        await new Promise<void>((resolve) => {
          progress = resolve;
        });
      }
      if (!isDone())
        throw new Broken(
          `no answer, ${socket.readyState === socket.OPEN ? "open" : "closed"}`,
          [...waiting.values()].slice(0, 3),
        );
    };
    for (const namespace of NAMESPACES) {
      const auth = { projectId: "p1", sessionId: "s1", token: "any" };
      socket.send(`40${prefix(namespace)}${JSON.stringify(auth)}`);
    }
    await until(() => joined === NAMESPACES.length);
    for (const [id, item] of sent.entries()) {
      if (ANSWERED.has(item.event)) waiting.set(id, item);
      socket.send(`42${prefix(item.namespace)}${id}${JSON.stringify([item.event, item.payload])}`);
    }
    await until(() => waiting.size === 0);
    const closed = once(socket, "close");
    socket.close();
    await closed;
    if (faults[0] !== undefined) throw faults[0];
    return accepted;
  },
};

const prefix = (namespace: string): string => (namespace === "/" ? "" : `${namespace},`);
