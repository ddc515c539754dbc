import type { AppSocket } from "../../sdk/protocol/index.ts";
import type { Bus } from "../core/ports/bus.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { DevRegistry } from "../core/ports/dev-registry.ts";
import type { Members } from "../core/ports/members.ts";
import type { Peer } from "../core/ports/peer.ts";
import type { ClusterLink } from "./cluster-link.ts";

export interface SharedDevRegistryDeps {
  readonly link: ClusterLink;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly members: Pick<Members, "isAlive">;
  readonly serverId: string;
  /** The sockets of this server. */
  readonly own: DevRegistry;
}

export interface SharedDevRegistry extends DevRegistry {
  dispose(): void;
}

/** Entries live this long after they were last put, in milliseconds (protocol section 12). */
const LIFE_MS = 45_000;
const PUT_AGAIN_MS = 15_000;
/** A server that put an entry so lately may just not have been heard of yet. */
const NEW_MS = 4_000;

interface Put {
  readonly projectId: string;
  readonly entry: AppSocket;
}

interface Relayed {
  readonly from: string;
  readonly guids: readonly string[];
  readonly event: string;
  readonly payload: unknown;
}

/**
 * The dev-sync registry of a cluster: each server relays to its own sockets, and all list what each put into Redis.
 * Who is listed may be out of date for as long as Redis is away; relays to one's own sockets go on.
 */
export function createSharedDevRegistry(deps: SharedDevRegistryDeps): SharedDevRegistry {
  const { link, bus, clock, members, serverId, own } = deps;
  /** By socket, then resource. */
  const puts = new Map<Peer, Map<string, Put>>();
  /** By project, how many sockets of this server, and how to stop hearing what others relay. */
  const heard = new Map<string, { peers: Set<Peer>; stop: () => void }>();
  let cancel: (() => void) | undefined;

  const keyOf = (projectId: string, guid: string): string => `${link.prefix}:{${projectId}}:dev:${guid}`;
  const topicOf = (projectId: string): string => `dev:${projectId}`;
  // A server that says nothing more about it: what could not be said now is said with the next round.
  const unsaid = (): void => undefined;

  async function put({ projectId, entry }: Put): Promise<void> {
    const key = keyOf(projectId, entry.resourceGuid);
    await link.commands.command((client) =>
      client
        .multi()
        .hset(key, entry.socketId, JSON.stringify([serverId, clock.now(), entry]))
        .pexpire(key, LIFE_MS)
        .exec(),
    );
  }

  function putAgain(): void {
    cancel = undefined;
    if (puts.size === 0) return;
    if (link.commands.isUp())
      for (const entries of puts.values()) for (const one of entries.values()) put(one).catch(unsaid);
    cancel = clock.schedule(PUT_AGAIN_MS, putAgain);
  }

  function hear(projectId: string, peer: Peer): void {
    const known = heard.get(projectId);
    if (known !== undefined) return void known.peers.add(peer);
    const stop = bus.subscribe(topicOf(projectId), (message) => {
      // Only this file writes to the topic.
      const { from, guids, event, payload } = message as Relayed;
      if (from !== serverId) void own.relay(projectId, guids, undefined, event, payload);
    });
    heard.set(projectId, { peers: new Set([peer]), stop });
  }

  return {
    get registered() {
      return own.registered;
    },
    async add(projectId, peer, entries) {
      await own.add(projectId, peer, entries);
      const known = puts.get(peer) ?? new Map<string, Put>();
      puts.set(peer, known);
      hear(projectId, peer);
      cancel ??= clock.schedule(PUT_AGAIN_MS, putAgain);
      const made = entries.map((entry): Put => ({ projectId, entry }));
      for (const one of made) known.set(`${projectId} ${one.entry.resourceGuid}`, one);
      await Promise.all(made.map(put)).catch(unsaid);
    },
    async list(projectId, guid) {
      const key = keyOf(projectId, guid);
      const mine = await own.list(projectId, guid);
      try {
        const found = await link.commands.command((client) => client.hgetall(key));
        const others: AppSocket[] = [];
        for (const [socketId, json] of Object.entries(found)) {
          // As `put` wrote it.
          const [server, at, entry] = JSON.parse(json) as [string, number, AppSocket];
          if (server === serverId) continue;
          const ageMs = clock.now() - at;
          if (members.isAlive(server) || ageMs < NEW_MS) others.push(entry);
          else if (ageMs > LIFE_MS) link.client.hdel(key, socketId).catch(unsaid);
        }
        return [...mine, ...others];
      } catch {
        return mine;
      }
    },
    guidsOf: own.guidsOf,
    async relay(projectId, guids, from, event, payload) {
      await own.relay(projectId, guids, from, event, payload);
      bus.publish(topicOf(projectId), { from: serverId, guids, event, payload } satisfies Relayed);
    },
    remove(peer) {
      own.remove(peer);
      for (const { projectId, entry } of puts.get(peer)?.values() ?? []) {
        const key = keyOf(projectId, entry.resourceGuid);
        if (link.commands.isUp()) link.client.hdel(key, entry.socketId).catch(unsaid);
        const hearers = heard.get(projectId);
        if (hearers === undefined) continue;
        hearers.peers.delete(peer);
        if (hearers.peers.size > 0) continue;
        heard.delete(projectId);
        hearers.stop();
      }
      puts.delete(peer);
    },
    dispose() {
      cancel?.();
      for (const { stop } of heard.values()) stop();
    },
  };
}
