import { EXCLUSIVE_SLOTS } from "../../sdk/protocol/index.ts";
import type { SharedSlots } from "../core/ports/shared-slots.ts";
import { defineScript } from "../store/redis/script.ts";
import { StoreUnavailable } from "../store/store.ts";
import type { ClusterLink } from "./cluster-link.ts";

export interface RedisSlots extends SharedSlots {
  /** Tells what other servers have set so far. */
  load(): Promise<void>;
  dispose(): void;
}

/**
 * Keeps a slot and tells it. KEYS[1] HASH slot -> payload, [2] SET of projects with slots.
 * ARGV[2] project, [3] channel, [4] message, [5] slot, [6] payload, [7...] slots that it removes.
 */
const SET = defineScript(`
if #ARGV > 6 then redis.call('HDEL', KEYS[1], unpack(ARGV, 7)) end
redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
`);

interface Told {
  readonly from: string;
  readonly projectId: string;
  readonly slot: string;
  readonly payload: unknown;
}

/**
 * Bootstrap slots of all servers in Redis. All hear of all in one order; until a server has heard its own, what others
 * set is older. What could not be said while Redis was away is said when it is back.
 */
export function createRedisSlots(
  link: ClusterLink,
  serverId: string,
  onError: (error: unknown) => void,
): RedisSlots {
  const projectsKey = `${link.prefix}:slots`;
  const channel = `${link.prefix}:slots:${link.db}`;
  const keyOf = (projectId: string): string => `${link.prefix}:{${projectId}}:slots`;
  const listeners = new Set<(projectId: string, slot: string, payload: unknown) => void>();
  /** Set here and not heard back yet, by place, with how often; the last payload. */
  const unheard = new Map<string, { projectId: string; slot: string; payload: unknown; count: number }>();
  const unsent = new Set<string>();
  let isStale = false;

  /** Slots that exclude one another have one place. */
  const placeOf = (projectId: string, slot: string): string =>
    `${projectId} ${EXCLUSIVE_SLOTS.includes(slot) ? "" : slot}`;

  function tell(projectId: string, slot: string, payload: unknown): void {
    for (const listener of [...listeners]) listener(projectId, slot, payload);
  }

  async function send(place: string): Promise<void> {
    const own = unheard.get(place);
    if (own === undefined) return;
    const { projectId, slot, payload } = own;
    const removed = EXCLUSIVE_SLOTS.includes(slot) ? EXCLUSIVE_SLOTS.filter((other) => other !== slot) : [];
    const message: Told = { from: serverId, projectId, slot, payload };
    const args = [projectId, channel, JSON.stringify(message), slot, JSON.stringify(payload), ...removed];
    unsent.delete(place);
    try {
      own.count += 1;
      await link.commands.run(SET, [keyOf(projectId), projectsKey], args);
    } catch {
      // Whether it was heard is not known; saying it again does no harm.
      own.count = 0;
      unsent.add(place);
    }
  }

  async function load(): Promise<void> {
    const projects = await link.commands.command((client) => client.smembers(projectsKey));
    for (const projectId of projects) {
      const slots = await link.commands.command((client) => client.hgetall(keyOf(projectId)));
      for (const [slot, json] of Object.entries(slots))
        if (!unheard.has(placeOf(projectId, slot))) tell(projectId, slot, JSON.parse(json));
    }
  }

  /** Redis may go away again meanwhile: then it is read when it is back. */
  function reload(): void {
    isStale = false;
    load().catch((error: unknown) => {
      if (error instanceof StoreUnavailable) isStale = true;
      else onError(error);
    });
  }

  function again(): void {
    // What was sent before the cut may not be heard any more.
    for (const [place, own] of unheard) {
      own.count = 0;
      unsent.add(place);
    }
    for (const place of [...unsent]) void send(place);
    reload();
  }
  let wasSubscribed = false;
  const stop = link.listen(channel, {
    onMessage(text) {
      // Only this file writes to the channel.
      const { from, projectId, slot, payload } = JSON.parse(text) as Told;
      const place = placeOf(projectId, slot);
      const own = unheard.get(place);
      if (from === serverId) {
        if (own === undefined) return;
        own.count -= 1;
        if (own.count <= 0) unheard.delete(place);
      } else if (own === undefined) tell(projectId, slot, payload);
    },
    onSubscribed() {
      if (wasSubscribed) again();
      wasSubscribed = true;
    },
  });
  const stopUp = link.onUp(() => {
    for (const place of [...unsent]) void send(place);
    if (isStale) reload();
  });

  return {
    set(projectId, slot, payload) {
      const place = placeOf(projectId, slot);
      unheard.set(place, { projectId, slot, payload, count: unheard.get(place)?.count ?? 0 });
      void send(place);
    },
    forget(projectId) {
      link.commands
        .command((client) => client.multi().del(keyOf(projectId)).srem(projectsKey, projectId).exec())
        .catch(() => undefined);
    },
    onSet(listener) {
      const own = (projectId: string, slot: string, payload: unknown): void =>
        listener(projectId, slot, payload);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    load,
    dispose() {
      stop();
      stopUp();
    },
  };
}
