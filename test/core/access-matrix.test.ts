import { beforeAll, describe, expect, test } from "vitest";
import { CLIENT_EVENTS, type ClientEventName, type Namespace, RELAYS } from "../../sdk/protocol/index.ts";
import { createHub } from "../../server/core/hub.ts";
import type { Principal } from "../../server/core/ports/principal.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer, type RecordingPeer } from "./a-caller.ts";
import { MATRIX, type Name, type Needs, registration, session } from "./access-rows.ts";

const ROLES = ["editor", "viewer"] as const;
const RANK: Readonly<Record<Needs, number>> = { nobody: 0, viewer: 1, editor: 2 };

/** Somebody with a role in p1 and nothing in p2. */
const as = (role: "editor" | "viewer"): Principal => ({
  userId: role,
  local: false,
  readsAll: false,
  roleIn: (projectId) => (projectId === "p1" ? role : undefined),
});

const namespacesOf = (name: Name): readonly Namespace[] =>
  Object.hasOwn(CLIENT_EVENTS, name) ? CLIENT_EVENTS[name as ClientEventName].namespaces : ["/"];

describe("who may do what", () => {
  const clock = createManualClock();
  let ids = 0;
  const ignore = (): void => undefined;
  const everyone: Principal = { userId: "root", local: true, readsAll: true, roleIn: () => "editor" };
  const hub = createHub({
    store: createMemoryStore({ now: clock.now }),
    clock,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    createId: () => `id-${++ids}`,
    random: () => 0,
    authenticator: {
      hasVerifier: true,
      local: everyone,
      // A refresh keeps who it is; the token of a first connection says so.
      verify: async (token) => (token === "same" ? as("editor") : as(token as "editor")),
    },
  });

  const connect = async (namespace: Namespace, auth: object, local: boolean): Promise<RecordingPeer> => {
    const peer = aPeer(`${namespace}-${++ids}`, namespace);
    const verdict = await hub.admit({
      namespace,
      auth: { clientId: `c${ids}`, ...auth },
      local,
      connection: peer.id,
    });
    if (!verdict.ok) throw new Error(verdict.message);
    hub.attach(peer, verdict.admission);
    return peer;
  };
  const request = (peer: RecordingPeer, name: string, payload: unknown) =>
    new Promise<{ success: boolean; code?: string; denied?: unknown[] }>((resolve) => {
      hub.receive(peer, name, payload, (ack) => resolve(ack as { success: boolean }));
      for (let step = 0; step < 20; step += 1) void Promise.resolve().then(() => clock.advance(1_000));
    });

  beforeAll(async () => {
    for (const projectId of ["p1", "p2"]) {
      const owner = await connect("/cli", { projectId, sessionId: session(projectId) }, true);
      await hub.mutations.execute(projectId, undefined, {
        op: "create",
        collection: "sessions",
        id: session(projectId),
        value: { name: "x", status: "spawning", modals: [{ modalId: "m" }] },
      });
      await request(owner, "terminal:register", { sessionId: session(projectId), ptyId: "1" });
    }
  });

  for (const name of Object.keys(MATRIX) as Name[]) {
    const { needs, payload, isOwnOnly } = MATRIX[name];
    for (const namespace of namespacesOf(name)) {
      for (const role of ROLES) {
        for (const projectId of isOwnOnly === true ? ["p1"] : ["p1", "p2"]) {
          const has = projectId === "p1" ? role : "nobody";
          const may = RANK[has] >= RANK[needs];
          test(`${name} on ${namespace} as ${role} of p1 in ${projectId}: ${may ? "allowed" : "FORBIDDEN"}`, async () => {
            const auth = { token: role, projectId: "p1", sessionId: session("p1") };
            const peer = await connect(namespace, auth, false);
            const isRelay = Object.hasOwn(RELAYS, name);
            if (isRelay) await request(peer, "register-client", registration);
            const ack = await request(peer, name, payload(projectId));
            const isForbidden = ack.code === "FORBIDDEN";
            expect({ isForbidden, isInternal: ack.code === "INTERNAL" }).toEqual({
              isForbidden: !may,
              isInternal: false,
            });
            if (projectId === "p2" && ack.denied !== undefined) expect(ack.denied).toEqual([session("p2")]);
          });
        }
      }
    }
  }
});
