import { randomUUID } from "node:crypto";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Entity, MutateAck } from "../sdk/protocol/index.ts";
import { createAuthenticator } from "./auth/authenticator.ts";
import { judgeLocal } from "./auth/local-trust.ts";
import { isLoopbackHostname } from "./auth/loopback.ts";
import { createOrigins } from "./auth/origins.ts";
import { type Broadcaster, createBroadcaster } from "./broadcaster.ts";
import { type ClusterMember, type ClusterOptions, openCluster } from "./cluster/open-cluster.ts";
import { createHub, type Hub } from "./core/hub.ts";
import { type Limits, limitsFrom } from "./core/limits.ts";
import type { Requested } from "./core/mutations/mutations.ts";
import { createMirrorEmulator } from "./emulator/mirror-emulator.ts";
import { createSocketGateway } from "./gateway/socketio/socket-gateway.ts";
import { createWebSocketGateway } from "./gateway/websocket/websocket-gateway.ts";
import { createApp, ownsPath } from "./http/app.ts";
import { createAuthenticate } from "./http/authenticate.ts";
import { createEdge, type Edge } from "./http/edge.ts";
import { faultOfFailure } from "./http/fault-of-failure.ts";
import { createListeners, type Listening, type ListenOptions } from "./http/listeners.ts";
import { findPages } from "./http/pages.ts";
import { isWatchedPath } from "./http/watched.ts";
import { createLog } from "./ops/log.ts";
import { createMetrics } from "./ops/metrics.ts";
import { createRateLimits } from "./ops/rate-limits.ts";
import { type ServerStatus, withoutRooms } from "./ops/server-status.ts";
import { createSystemClock } from "./ops/system-clock.ts";
import type { ServerOptions } from "./server-options.ts";
import { hubShareOf, shutDown } from "./shut-down.ts";
import { isRedisUrl, openStore } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";

export { collection, defineCollections } from "../sdk/protocol/collection.ts";
export type { AuthOptions } from "./auth/authenticator.ts";
export type { TokenVerdict, VerifyToken } from "./auth/custom-verifier.ts";
export type { Broadcaster } from "./broadcaster.ts";
export type { Authorize } from "./core/access.ts";
export { Fault } from "./core/fault.ts";
export type { Requested } from "./core/mutations/mutations.ts";
export type { Log } from "./core/ports/log.ts";
export type { Principal } from "./core/ports/principal.ts";
export type { Listening, ListenOptions } from "./http/listeners.ts";
export type { ServerStatus } from "./ops/server-status.ts";
export type { ServerOptions } from "./server-options.ts";
export { StoreOpenError } from "./store/store-open-error.ts";

export interface Server {
  readonly serverId: string;
  /** @throws Error when the host is not loopback and no tokens are judged; the system's error when it cannot listen */
  listen(options?: ListenOptions): Promise<Listening>;
  /** Serves beside an application on its own server; returns how to leave it as it was. */
  attach(server: HttpServer): () => void;
  readonly channels: Broadcaster;
  readonly bootstrap: Pick<Hub["bootstrap"], "set">;
  /** A change by the server itself, which may do everything. @throws Fault */
  mutate(projectId: string, operation: Requested): Promise<MutateAck>;
  /** One entity as it is now. */
  entity(projectId: string, collection: string, id: string): Promise<Entity | undefined>;
  status(): ServerStatus;
  /** Tells clients when to come back, finishes what is under way, closes everything; at most 10 s. Idempotent. */
  close(): Promise<void>;
}

/** Puts a server together and opens its store. @throws StoreOpenError; TypeError for options that cannot be meant */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const clock = options.clock ?? createSystemClock();
  const createId = options.createId ?? randomUUID;
  const log = options.logger ?? createLog({ level: "warn" });
  const limits = limitsFrom(options.limits);
  const { auth, authorize, defaultAccess, localTrust, origins: allowed = [], externalUrl } = options;
  const authenticator = createAuthenticator({
    ...(auth === undefined ? {} : { auth }),
    ...(defaultAccess === undefined ? {} : { defaultAccess }),
    now: clock.now,
  });

  const listeners = createListeners(() => edge);
  const isTrusting = (): boolean => localTrust ?? (!authenticator.hasVerifier && listeners.areLoopback());
  const origins = createOrigins({
    allowed: externalUrl === undefined ? allowed : [...allowed, new URL(externalUrl).origin],
    loopback: isTrusting,
    own: listeners.origins,
  });
  const isLocal = ({ socket, headers }: IncomingMessage): boolean =>
    judgeLocal({ localTrust: isTrusting(), remoteAddress: socket.remoteAddress, headers, origins }).local;

  const metrics = createMetrics({
    connections: () => gateway.connections(),
    sockets: () => ({ ...gateway.counts(), "/ws": plain.connections() }),
    unsent_bytes: () => eachOf(hub.queues().unsentBytes, ({ sum }) => sum),
    unsent_bytes_max: () => eachOf(hub.queues().unsentBytes, ({ max }) => max),
    in_flight: () => hub.queues().inFlight,
    terminals: () => hub.terminals.status().active,
    terminal_viewers: () => hub.terminals.status().viewers,
    terminal_lag_bytes: () => hub.terminals.status().lagBytes.sum,
    terminal_lag_bytes_max: () => hub.terminals.status().lagBytes.max,
  });
  const store = await openStore(options.store ?? ".holdfast", {
    now: clock.now,
    // Who listens to commits failed, not the commit: it is said, and the server goes on.
    onError: (err) => log.error({ err }, "a listener of commits failed"),
  });
  const serverId = createId();
  const cluster = await closingOnFailure(store, () =>
    joinCluster(options.store, {
      ...{ serverId, clock, limits, createId },
      onError: (err) => log.error({ err }, "a message of another server could not be taken in"),
    }),
  );
  const rateLimits = createRateLimits(clock.now, cluster?.link);
  const hub = await closingOnFailure({ close: () => closeBoth(store, cluster) }, async () => {
    const made = createHub({
      ...{ store, clock, log, createId, authenticator, authorize, serverId },
      cluster: cluster?.ports,
      limits: hubLimits(limits),
      rateLimiter: rateLimits,
      meter: metrics,
      random: options.random ?? Math.random,
      collections: options.collections,
      bootstrapSlots: options.bootstrap?.slots,
      emulator: options.emulator ?? createMirrorEmulator(),
      terminalLimits: options.terminalLimits,
    });
    await cluster?.start();
    await made.adoptOrphans();
    return made;
  });
  const gateway = createSocketGateway({ hub, log, createId, isLocal, limits });
  const plain = createWebSocketGateway({ hub, clock, log, createId, isLocal, limits });
  const status = (): ServerStatus => ({
    ...hub.status(),
    engine: { totalClients: gateway.connections() },
  });

  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const authenticate = createAuthenticate({
    ...{ authenticator, isLocal, clock, log },
    deadlineMs: limits.authenticateMs,
  });
  const isDeveloping = options.watched !== undefined;
  const app = createApp({
    api: {
      services: {
        execute: hub.mutations.execute,
        store,
        access: hub.access,
        lastHeartbeat: hub.lastHeartbeat,
        setFocus: (principal, { projectId, ...wanted }) => hub.focus.set(principal, projectId, wanted),
        publish: (principal, { projectId, channel, data }) =>
          hub.channels.publish(principal, projectId, channel, data),
      },
      ...{ authenticate, isClosing, createId },
      limits: rateLimits,
      bodyBytes: limits.frameBytes,
    },
    operations: {
      authenticate,
      metrics,
      readiness: () => (isClosing() ? "closing" : store.ready() ? "ready" : "store"),
      status: (withRooms) => (withRooms ? status() : withoutRooms(status())),
    },
    pages: options.pages ?? onlyScript(),
    watched: options.watched,
    log,
  });
  const edge: Edge = createEdge({
    origins,
    sockets: gateway,
    plain,
    app,
    owns: (path) => ownsPath(path) || (isDeveloping && isWatchedPath(path)),
  });

  return {
    serverId: hub.serverId,
    async listen(where = {}) {
      const { host = "127.0.0.1" } = where;
      if (isDeveloping && !isLoopbackHostname(host)) {
        throw new Error(
          `${host} is not loopback, and a watched folder is for this machine: leave one of them out`,
        );
      }
      if (!authenticator.hasVerifier && !isLoopbackHostname(host)) {
        throw new Error(
          `${host} is not loopback and no tokens are judged: give createServer auth, or listen on 127.0.0.1`,
        );
      }
      return listeners.listen(where);
    },
    attach: listeners.attach,
    channels: createBroadcaster(
      (projectId, channel, data) => hub.channels.publish(undefined, projectId, channel, data),
      clock.now,
    ),
    bootstrap: { set: hub.bootstrap.set },
    async mutate(projectId, operation) {
      const answer = await hub.mutations.execute(projectId, undefined, operation);
      if (!answer.success) throw faultOfFailure(answer);
      const { result, seq, epoch } = answer;
      return { result, seq, epoch };
    },
    entity: (projectId, collection, id) => store.entity(projectId, collection, id),
    status,
    close: () =>
      (closing ??= shutDown({
        ...{ hub, gateways: [gateway, plain], listeners, log, limits },
        store: { close: () => closeBoth(store, cluster) },
      })),
  };
}

/**
 * The core's deadlines end before those of the edge: who waits for a slow token verifier is told so, not cut off,
 * and the hub's part of a shutdown leaves time for the rest.
 */
function hubLimits(limits: Limits): Limits {
  const authenticateMs = Math.ceil(limits.authenticateMs * 0.8);
  return { ...limits, authenticateMs, shutdownMs: hubShareOf(limits) };
}

const eachOf = <T>(record: Readonly<Record<string, T>>, read: (value: T) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, read(value)]));

/** A server on Redis is one of those that share it; any other is alone. */
async function joinCluster(
  store: string | Store | undefined,
  options: ClusterOptions,
): Promise<ClusterMember | undefined> {
  return typeof store === "string" && isRedisUrl(store) ? openCluster(store, options) : undefined;
}

async function closeBoth(store: Pick<Store, "close">, cluster: ClusterMember | undefined): Promise<void> {
  await cluster?.close();
  await store.close();
}

/** A store that was opened for nothing would stay locked. */
async function closingOnFailure<T>(store: Pick<Store, "close">, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await store.close();
    throw error;
  }
}

function onlyScript(): { globalScript?: string } {
  const { globalScript } = findPages();
  return globalScript === undefined ? {} : { globalScript };
}
