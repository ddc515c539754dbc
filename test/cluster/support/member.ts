import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { openCluster } from "../../../server/cluster/open-cluster.ts";
import { createHub, type Hub } from "../../../server/core/hub.ts";
import type { HubOptions } from "../../../server/core/hub-options.ts";
import { type Limits, limitsFrom } from "../../../server/core/limits.ts";
import { openRedisStore, type RedisStore } from "../../../server/store/redis-store.ts";
import { createErrorLog, realClock } from "../../behaviour/open-hub.ts";
import { aPeer, EDITOR, type RecordingPeer } from "../../core/a-caller.ts";

/** A server of a cluster within the test, without sockets of its own. */
export interface Member {
  readonly hub: Hub;
  readonly store: RedisStore;
  attach(namespace: "/ui" | "/cli" | "/", auth: object): Promise<RecordingPeer>;
  request(peer: RecordingPeer, event: string, payload: unknown): Promise<unknown>;
  /** It is cut off for good, as if its process were gone. */
  die(): Promise<void>;
}

/** Signs of life twenty-five times as often as real servers give them. */
const BEAT_MS = 200;
const SILENT_MS = 600;

export async function openMember(
  url: string,
  prefix: string,
  overrides: Partial<Limits> = {},
  more: Partial<Pick<HubOptions, "emulator" | "terminalLimits">> = {},
): Promise<Member> {
  const serverId = randomUUID();
  const limits = limitsFrom(overrides);
  const log = createErrorLog();
  const onError = (error: unknown): void => log.error({ err: error }, "a listener failed");
  const common = { clock: realClock, createId: randomUUID, serverId };
  const store = await openRedisStore(url, { prefix, onError });
  const cluster = await openCluster(url, {
    ...{ ...common, limits, prefix, onError },
    beatMs: BEAT_MS,
    silentMs: SILENT_MS,
  });
  const hub = createHub({
    ...{ ...common, ...more, store, log, limits, random: Math.random, cluster: cluster.ports },
    authenticator: { hasVerifier: false, local: EDITOR, verify: async () => "UNAUTHENTICATED" },
  });
  await cluster.start();
  await hub.adoptOrphans();
  let isDead = false;
  onTestFinished(async () => {
    if (isDead) return;
    await hub.close();
    await cluster.close();
    await store.close();
  });
  return {
    hub,
    store,
    async attach(namespace, auth) {
      const peer = aPeer(randomUUID(), namespace);
      const verdict = await hub.admit({ namespace, auth, local: true, connection: peer.id });
      if (!verdict.ok) throw new Error(verdict.message);
      hub.attach(peer, verdict.admission);
      return peer;
    },
    request: (peer, event, payload) =>
      new Promise((resolve) => {
        hub.receive(peer, event, payload, resolve);
      }),
    async die() {
      isDead = true;
      cluster.cut();
      await store.close();
    },
  };
}
