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
import { createRedisTerminalRelay } from "./terminals/redis-terminal-relay.ts";

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
  /** Breaks off all connections, as the end of the process would. */
  cut(): void;
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
  const terminalLink = await openClusterLink(url, options);
  const terminalRelay = createRedisTerminalRelay({ link: terminalLink, members, serverId });
  const registries: { dispose(): void }[] = [];
  // Known before anybody asks whose agents are without a server.
  await members.beat();

  function cut(): void {
    terminalLink.close();
    link.close();
  }

  return {
    ports: {
      bus,
      members,
      channelLog,
      slots,
      terminalRelay,
      shareDevRegistry(own: DevRegistry) {
        const shared = createSharedDevRegistry({ link, bus, clock, members, serverId, own });
        registries.push(shared);
        return shared;
      },
    },
    link,
    start: slots.load,
    cut,
    async close() {
      await members.close();
      for (const registry of registries) registry.dispose();
      channelLog.dispose();
      slots.dispose();
      terminalRelay.dispose();
      cut();
    },
  };
}
