import type { ClusterPorts } from "../core/hub-options.ts";
import type { Limits } from "../core/limits.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { DevRegistry } from "../core/ports/dev-registry.ts";
import { createRedisChannelLog } from "./channels/redis-channel-log.ts";
import { type ClusterLink, type ClusterLinkOptions, openClusterLink } from "./cluster-link.ts";
import { createRedisBus } from "./redis-bus.ts";
import { createRedisMembers } from "./redis-members.ts";
import { createRedisSlots } from "./redis-slots.ts";
import { createSharedDevRegistry } from "./shared-dev-registry.ts";

export interface ClusterOptions extends ClusterLinkOptions {
  /** Names this server; another at each start. */
  readonly serverId: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly createId: () => string;
  /** As in `RedisMembersOptions`. */
  readonly beatMs?: number;
  readonly silentMs?: number;
}

export interface ClusterMember {
  readonly ports: ClusterPorts;
  readonly link: ClusterLink;
  /** Hears what others have set so far; once the hub is there to hear it. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a server one of those that share a Redis: everything but state, which is the store's.
 * @throws StoreOpenError
 */
export async function openCluster(url: string, options: ClusterOptions): Promise<ClusterMember> {
  const { serverId, clock, limits, createId, beatMs, silentMs, onError } = options;
  const link = await openClusterLink(url, options);
  const bus = createRedisBus(link);
  const members = createRedisMembers({ link, clock, serverId, beatMs, silentMs });
  const channelLog = createRedisChannelLog({ link, limits, createId, clock });
  const slots = createRedisSlots(link, serverId, onError);
  const registries: { dispose(): void }[] = [];
  // Known before anybody asks whose agents are without a server.
  await members.beat();

  return {
    ports: {
      bus,
      members,
      channelLog,
      slots,
      shareDevRegistry(own: DevRegistry) {
        const shared = createSharedDevRegistry({ link, bus, clock, members, serverId, own });
        registries.push(shared);
        return shared;
      },
    },
    link,
    start: slots.load,
    async close() {
      await members.close();
      for (const registry of registries) registry.dispose();
      channelLog.dispose();
      slots.dispose();
      link.close();
    },
  };
}
