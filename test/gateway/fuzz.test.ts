import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { ask, connected, requested, startServer } from "./running-server.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
console.info(`SEED=${seed}`);

const CONNECTIONS = 400;
const REQUESTS = 1_500;
const AT_ONCE = 20;

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
const events = fc.constantFrom(
  "mutate",
  "state:sync",
  "subscribe",
  "error",
  "disconnect",
  "newListener",
  "__proto__",
);
const packets = fc.array(
  fc.oneof(
    fc.string(),
    fc.string().map((text) => `4${text}`),
    fc
      .tuple(
        fc.constantFrom("0", "1", "2", "3", "4", "51-", "62-", "5999999-"),
        namespaces,
        fc.constantFrom("", "7"),
        json,
      )
      .map((parts) => `4${parts.join("")}`),
    fc.tuple(events, json).map(([name, payload]) => `42/ui,7["${name}",${payload}]`),
    fc.uint8Array({ maxLength: 50 }),
  ),
  { maxLength: 8 },
);

test("whatever sockets send, the server serves everybody else", async () => {
  const { url } = await startServer();
  const samples = fc.sample(packets, { numRuns: CONNECTIONS, seed });
  const { socket } = await connected(url, "/ui");
  await eachOf(samples, async (sample, index) => {
    const client = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    client.on("error", () => undefined);
    await once(client, "open");
    const closed = once(client, "close");
    if (index % 2 === 0) client.send("40/ui,{}");
    for (const packet of sample) client.send(packet);
    client.close();
    await closed;
  });
  expect(await requested(socket, "project:list", {})).toMatchObject({ success: true });
});

const paths = fc.oneof(
  fc.webPath().map((path) => (path.startsWith("/") ? path : `/${path}`)),
  fc.constantFrom(
    ...["/api/tasks", "/api/tasks/t1", "/api/tasks/t1/claim", "/api/tasks/t1/release", "/api/sessions"],
    ...["/api/mail/m", "/api/projects", "/api/projects/p", "/api/terminal/focus", "/api/channels/files"],
    ...[
      "/socket.io/?EIO=4&transport=polling",
      "/socket.io/?EIO=4&transport=polling&sid=x",
      "/socket.io/?EIO=3",
    ],
    ...[
      "/socket.io/?EIO=4&transport=webtransport",
      "//",
      "/%",
      "/%00",
      "/api/%",
      "/api/tasks/%ff",
      "/socket.io/%",
    ],
  ),
);
const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
  path: paths,
  query: fc.constantFrom("", "?projectId=p1", "?projectId=", "?projectId=a&projectId=b", "?__proto__=1"),
  headers: fc.dictionary(
    fc.constantFrom("if-match", "idempotency-key", "accept-encoding", "x-any", "content-type"),
    fc.constantFrom("application/json", '"1"', 'W/"2"', "*", "abc", "gzip", "k".repeat(500), "é"),
  ),
  body: fc.oneof(
    fc.constant("{}"),
    json,
    fc.constant('{"title":"x","sessionId":"s1","focused":true,"data":1}'),
  ),
});

test("whatever HTTP requests hold, each is answered, and never by a 5xx", async () => {
  const { url } = await startServer();
  const samples = fc.sample(requests, { numRuns: REQUESTS, seed });
  await eachOf(samples, async ({ method, path, query, headers, body }) => {
    const target = path.includes("?") ? path : `${path}${query}`;
    const options = {
      method,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers },
      body,
    };
    const { status } = await ask(`${url}${target}`, options);
    if (status >= 500) throw new Error(`${status} for ${method} ${target} ${JSON.stringify(options)}`);
  });
  expect((await ask(`${url}/readyz`)).status).toBe(200);
});

async function eachOf<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) await act(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
