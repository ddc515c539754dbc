import { once } from "node:events";
import fc from "fast-check";
import { WebSocket } from "ws";
import { PATIENCE_MS } from "../support/patience.ts";
import { around } from "./around.ts";
import { anyJson } from "./json-arbitrary.ts";
import { Broken, type Surface } from "./surface.ts";
import { WORDS } from "./words.ts";

const word = fc.constantFrom(...WORDS);
const frame = (
  type: string,
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<unknown> => fc.record({ type: fc.constant(type), ...fields }, { requiredKeys: ["type"] });

/** Every row of protocol section 10. */
const fits = fc.oneof(
  frame("subscribe", { channel: word }),
  frame("subscribe", { sessionIds: fc.array(word, { maxLength: 3 }) }),
  frame("unsubscribe", { channel: word }),
  frame("unsubscribe", {}),
  frame("focus", { sessionId: word, expectedVersion: fc.nat(5) }),
  frame("blur", { sessionId: word, expectedVersion: fc.nat(5) }),
  frame("input", { sessionId: word, data: fc.string({ maxLength: 20 }) }),
  frame("resize", { sessionId: word, data: fc.record({ cols: fc.nat(300), rows: fc.nat(300) }) }),
  frame("sync_request", { sessionId: word }),
  frame("heartbeat", { sessionId: word }),
  frame("ping", {}),
  frame("auth", { token: word }),
);

type Frame = string | Uint8Array;

const texts: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 8, arbitrary: around(fits).map((value) => JSON.stringify(value) ?? "") },
  {
    weight: 1,
    arbitrary: fc.oneof(
      anyJson.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.json(),
      fc.constant("[".repeat(20_000)),
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
);
const QUERIES = ["", "?projectId=p1", "?sessionId=s1", "?projectId=p1&sessionId=s2&priority=auto"] as const;

/** Frames of plain WebSockets: whatever came, the next ping of that socket is answered. */
export const frames: Surface<Frame> = {
  name: "/ws frames",
  payloads: texts,
  perConnection: 120,
  async attack({ url }, sent) {
    const query = QUERIES[sent.length % QUERIES.length] ?? "";
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws${query}`);
    let pongs = 0;
    let refused = 0;
    let fault: Error | undefined;
    const answered = new Promise<void>((resolve, reject) => {
      socket.on("message", (data: Buffer) => {
        const told = JSON.parse(data.toString()) as { type?: string; code?: string };
        if (told.code === "INTERNAL") fault ??= new Broken("INTERNAL", sent.slice(0, 5));
        if (told.type === "pong") pongs += 1;
        if (told.type === "error") refused += 1;
        if (pongs > pings) resolve();
      });
      socket.once("close", (code) => reject(new Broken(`closed with ${code}`, sent.slice(0, 5))));
      AbortSignal.timeout(PATIENCE_MS).addEventListener("abort", () =>
        reject(new Broken("no pong", sent.slice(0, 5))),
      );
    });
    answered.catch(() => undefined);
    socket.on("error", () => undefined);
    const pings = sent.filter((item) => typeof item === "string" && isPing(item)).length;
    await once(socket, "open");
    for (const item of sent) socket.send(item);
    socket.send('{"type":"ping"}');
    await answered;
    socket.terminate();
    if (fault !== undefined) throw fault;
    return Math.max(0, sent.length - refused);
  },
};

function isPing(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === "ping";
  } catch {
    return false;
  }
}
