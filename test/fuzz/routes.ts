import { Agent, request } from "node:http";
import fc from "fast-check";
import { openApiDocument } from "../../server/http/api/openapi.ts";
import { around } from "./around.ts";
import { anyJson, fitting, type JsonSchema } from "./json-arbitrary.ts";
import { Broken, type Surface } from "./surface.ts";
import { WORDS } from "./words.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What of an OpenAPI document says how to ask. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

// The document is a plain JSON value of the shape above.
const document = openApiDocument() as unknown as OpenApi;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"] as const;

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS.filter((word) => word !== "")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("__proto__", "..", "%2e%2e%2f", "%00", "%ff", "%", "a".repeat(200)),
  },
);
const query = fc.constantFrom(
  "",
  "?projectId=p1",
  "?projectId=",
  "?projectId=a&projectId=b",
  "?__proto__=1",
  "?projectId[x]=1",
);
const headers = fc.dictionary(
  fc.constantFrom(
    "if-match",
    "idempotency-key",
    "accept-encoding",
    "x-any",
    "content-encoding",
    "authorization",
  ),
  fc.constantFrom("application/json", '"1"', 'W/"2"', "*", "abc", "gzip", "k".repeat(500), "é", "Bearer x"),
  { maxKeys: 3 },
);
const text = (value: unknown): string => JSON.stringify(value) ?? "";
const json = fc.constantFrom(
  "application/json",
  "application/merge-patch+json",
  "text/plain",
  "application/json; charset=utf-7",
);

/** Each route of the document with bodies from its schema and around it. */
const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { requestBody }]) => {
    const [content] = Object.values(requestBody?.content ?? {});
    const root: JsonSchema = { $defs: document.components.schemas };
    const fits = content === undefined ? anyJson : fitting(content.schema, root);
    const holes = path.split("/").map((step) => (step.startsWith("{") ? segment : fc.constant(step)));
    return fc
      .tuple(fc.tuple(...holes), query, headers, json, around(fits))
      .map(([steps, asked, given, type, body]) => ({
        method: method.toUpperCase(),
        path: `${steps.join("/")}${asked}`,
        headers: { "content-type": type, ...given },
        body: text(body),
      }));
  }),
);

/** Paths that are no route, or another surface's. */
const stray = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    fc.webPath().map((path) => (path.startsWith("/") ? path : `/${path}`)),
    fc.constantFrom(
      "/healthz",
      "/readyz",
      "/ws-status",
      "/metrics",
      "/ws",
      "//",
      "/%",
      "/%00",
      "/api/%",
      "/api/tasks/%ff",
    ),
    fc.constantFrom(
      "/socket.io/?EIO=4&transport=polling",
      "/socket.io/?EIO=4&transport=polling&sid=x",
      "/socket.io/?EIO=3",
    ),
    fc.constantFrom(
      "/socket.io/?EIO=4&transport=webtransport",
      "/socket.io/%",
      "/../../etc/passwd",
      "/holdfast.global.js/..",
    ),
  ),
  headers,
  body: fc.oneof(fc.string(), fc.json(), fc.constant("[".repeat(20_000)), fc.constant('{"a":'.repeat(3_000))),
});

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

export const routes: Surface<Sent> = {
  name: "HTTP requests",
  payloads: fc.oneof({ weight: 8, arbitrary: fc.oneof(...documented) }, { weight: 1, arbitrary: stray }),
  perConnection: 100,
  async attack({ url }, sent) {
    let accepted = 0;
    for (const item of sent) {
      const status = await ask(url, item);
      if (status >= 500) throw new Broken(`status ${status}`, item);
      if (status < 400) accepted += 1;
    }
    return accepted;
  },
};

function ask(url: string, { method, path, headers: given, body }: Sent): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = { "content-length": Buffer.byteLength(body) };
    const asked = request(
      { hostname, port, path, method, agent, headers: { ...given, ...length } },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    asked.once("error", (error) => reject(new Broken(error.message, { method, path, given, body })));
    asked.end(body);
  });
}
