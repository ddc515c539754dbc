import type { Clock } from "../core/ports/clock.ts";
import type { Members } from "../core/ports/members.ts";
import { defineScript } from "../store/redis/script.ts";
import type { ClusterLink } from "./cluster-link.ts";

export interface RedisMembersOptions {
  readonly link: ClusterLink;
  readonly clock: Clock;
  readonly serverId: string;
  /** Time between signs of life, in milliseconds; default 3,000. */
  readonly beatMs?: number | undefined;
  /** Silence after which a server is gone, in milliseconds; default 11,000. */
  readonly silentMs?: number | undefined;
}

export interface RedisMembers extends Members {
  /** Says that this server lives, and learns who else does. */
  beat(): Promise<void>;
  /** Says goodbye: others need not wait for silence. */
  close(): Promise<void>;
}

/** Together less than the 15 s after which a dead server's entries are to be gone. */
const BEAT_MS = 3_000;
const SILENT_MS = 11_000;

/**
 * Signs of life of all servers, by Redis' own clock.
 * KEYS[1] ZSET server -> time of its last sign. ARGV[2] server, [3] silence that counts as death, in milliseconds.
 * Returns who lives.
 */
const BEAT = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
return redis.call('ZRANGE', KEYS[1], 0, -1)
`);

export function createRedisMembers(options: RedisMembersOptions): RedisMembers {
  const { link, clock, serverId, beatMs = BEAT_MS, silentMs = SILENT_MS } = options;
  const key = `${link.prefix}:servers`;
  const listeners = new Set<() => void>();
  let alive: ReadonlySet<string> = new Set([serverId]);
  let heardAt = Number.NEGATIVE_INFINITY;
  /** After this server was cut off, others may just not have been heard yet. */
  let spared: ReadonlySet<string> = new Set();
  let sparedUntil = 0;
  let cancel: (() => void) | undefined;
  let isClosed = false;

  async function beat(): Promise<void> {
    const found = await link.commands.ask(BEAT, [key], [serverId, silentMs]);
    const now = clock.now();
    const before = alive;
    if (now - heardAt > silentMs - beatMs) {
      spared = before;
      sparedUntil = now + silentMs;
    }
    heardAt = now;
    // The script returns names.
    const living = new Set(found as readonly string[]);
    if (now < sparedUntil) for (const one of spared) living.add(one);
    alive = living;
    if ([...before].some((one) => !living.has(one))) for (const listener of [...listeners]) listener();
  }

  function beatOn(): void {
    cancel?.();
    cancel = undefined;
    if (isClosed) return;
    // Out of reach: the next one comes soon enough.
    beat().catch(() => undefined);
    cancel = clock.schedule(beatMs, beatOn);
  }
  cancel = clock.schedule(beatMs, beatOn);
  const stopUp = link.onUp(beatOn);

  return {
    isAlive: (one) => one === serverId || alive.has(one),
    onGone(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    beat,
    async close() {
      isClosed = true;
      cancel?.();
      stopUp();
      if (link.commands.isUp()) await link.client.zrem(key, serverId).catch(() => undefined);
    },
  };
}
