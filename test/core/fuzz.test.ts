import fc from "fast-check";
import { expect, test } from "vitest";
import { CLIENT_EVENTS, NAMESPACES, RELAYS } from "../../sdk/protocol/index.ts";
import { createHub } from "../../server/core/hub.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer, EDITOR } from "./a-caller.ts";

const EVENTS = [...Object.keys(CLIENT_EVENTS), "register-client", ...Object.keys(RELAYS)];

/** Words of the protocol, so that payloads come near to what is meant. */
const WORDS = [
  ...[
    "tasks",
    "sessions",
    "projects",
    "mail",
    "teamMembers",
    "widgets",
    "p1",
    "s1",
    "t1",
    "pty",
    "c1:1",
    "c1:2",
    "c1:99",
  ],
  ...[
    "create",
    "update",
    "remove",
    "claim",
    "release",
    "add",
    "replace",
    "completed",
    "failed",
    "needs_input",
    "modal",
  ],
  ...[
    "title",
    "name",
    "status",
    "sessionIds",
    "taskIds",
    "claimedBy",
    "__proto__",
    "constructor",
    "length",
    "-",
    "",
  ],
];
const FIELDS = [
  ...[
    "mutationId",
    "projectId",
    "collection",
    "id",
    "op",
    "value",
    "patches",
    "path",
    "ifVersion",
    "ackedThrough",
  ],
  ...[
    "sessionId",
    "sessionIds",
    "focused",
    "expectedVersion",
    "channel",
    "data",
    "since",
    "epoch",
    "offset",
    "seq",
  ],
  ...[
    "limit",
    "cursor",
    "ptyId",
    "cols",
    "rows",
    "type",
    "message",
    "modalId",
    "action",
    "status",
    "taskId",
    "input",
  ],
  ...[
    "toSessionId",
    "subject",
    "body",
    "name",
    "title",
    "taskIds",
    "modals",
    "needsInput",
    "active",
    "token",
  ],
  ...[
    "pushData",
    "pushRecepients",
    "cdObjId",
    "resourceGuid",
    "commTrack",
    "__proto__",
    "resume",
    "window",
    "history",
  ],
];

const leaf = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, -1, 1.5, 2 ** 53, 1e308) },
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 12 }),
  fc.constant(new Uint8Array([27, 91, 109])),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4, depthSize: "small" }, leaf, tie("list"), tie("object")),
  list: fc.array(tie("any"), { maxLength: 4 }),
  object: fc.dictionary(fc.constantFrom(...FIELDS), tie("any"), { maxKeys: 7 }),
}));
const event = fc.record({
  name: fc.constantFrom(...EVENTS),
  payload: fc.oneof({ weight: 5, arbitrary: value.object }, { weight: 1, arbitrary: value.any }),
  asText: fc.boolean(),
});

/** Near-valid mutations, whose values the schemas let through to the planning. */
const mutation = fc.record({
  name: fc.constant("mutate"),
  asText: fc.constant(false),
  payload: fc.record(
    {
      op: fc.constantFrom("create", "update", "remove", "claim", "release"),
      collection: fc.constantFrom("tasks", "sessions", "projects", "mail", "teamMembers"),
      id: fc.constantFrom("p1", "s1", "s2", "t1", "t2"),
      mutationId: fc.integer({ min: 1, max: 5_000 }).map((n) => `c1:${n}`),
      value: fc.record(
        {
          ...{ title: leaf, name: leaf, status: leaf, sessionId: fc.constantFrom("s1", "s2") },
          ...{
            sessionIds: fc.array(fc.constantFrom("s1", "s2", "s3")),
            taskIds: fc.array(fc.constantFrom("t1", "t3")),
          },
          ...{ sessionStatuses: value.object, needsInput: value.object, extra: value.any },
        },
        { requiredKeys: [] },
      ),
      patches: fc.array(
        fc.record({
          op: fc.constantFrom("add", "replace", "remove"),
          path: fc.array(fc.oneof(leaf, fc.constantFrom(...FIELDS)), { maxLength: 4 }),
          value: value.any,
        }),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: ["op", "collection", "id", "mutationId"] },
  ),
});

test("no payload breaks the server: each event is acked once, none with INTERNAL", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  console.info(`seed ${seed}`);
  const clock = createManualClock();
  const failures: unknown[] = [];
  const ignore = (): void => undefined;
  let ids = 0;
  const hub = createHub({
    store: createMemoryStore({ now: clock.now }),
    clock,
    log: { debug: ignore, info: ignore, warn: ignore, error: (fields) => void failures.push(fields) },
    createId: () => `id-${++ids}`,
    random: () => 0,
    authenticator: { hasVerifier: false, local: EDITOR, verify: async () => "UNAUTHENTICATED" },
  });
  const attachTo = async (namespace: (typeof NAMESPACES)[number]) => {
    const peer = aPeer(namespace, namespace);
    const auth = { projectId: "p1", sessionId: "s1", clientId: namespace.slice(1) || "dev" };
    const verdict = await hub.admit({
      namespace,
      auth: namespace === "/mobile" ? { ...auth, token: "t" } : auth,
      local: true,
      connection: namespace,
    });
    if (verdict.ok) hub.attach(peer, verdict.admission);
    return peer;
  };
  const peers = new Map<string, Awaited<ReturnType<typeof attachTo>>>();
  for (const namespace of NAMESPACES) peers.set(namespace, await attachTo(namespace));
  const namespaceOf = (name: string): string => {
    const spec = (CLIENT_EVENTS as Record<string, { namespaces: readonly string[] }>)[name];
    return spec?.namespaces[0] ?? "/";
  };

  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(event, mutation), { minLength: 1, maxLength: 20 }), async (events) => {
      const acks = events.map(({ name, payload, asText }) => {
        const peer = peers.get(namespaceOf(name));
        if (peer === undefined) throw new Error(`no peer for ${name}`);
        const given = asText && namespaceOf(name) === "/" ? JSON.stringify(payload) : payload;
        return new Promise<{ success: boolean; code?: string }>((resolve, reject) => {
          let count = 0;
          hub.receive(peer, name, given, (ack) => {
            count += 1;
            if (count > 1) reject(new Error(`${name} is acked twice`));
            resolve(ack as { success: boolean });
          });
        });
      });
      // Input waits for an owner that never answers, at most so long.
      for (let hop = 0; hop < 30; hop += 1) await Promise.resolve();
      clock.advance(10_000);
      for (const ack of await Promise.all(acks)) {
        expect(typeof ack.success).toBe("boolean");
        expect(ack.code).not.toBe("INTERNAL");
      }
      for (const peer of peers.values()) peer.sent.length = 0;
    }),
    { seed, numRuns: 400 },
  );
  expect(failures).toEqual([]);
  const page = peers.get("/ui");
  if (page === undefined) throw new Error("no page");
  expect(await new Promise((resolve) => hub.receive(page, "state:sync", {}, resolve))).toMatchObject({
    success: true,
  });
  await hub.close();
});
