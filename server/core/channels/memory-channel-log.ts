import type { ChannelEvent } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Limits } from "../limits.ts";
import type { ChannelLog } from "../ports/channel-log.ts";
import type { Clock } from "../ports/clock.ts";
import { type ChannelRing, createChannelRing } from "./channel-ring.ts";

export interface MemoryChannelLogOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly createId: () => string;
  /** Whether anybody listens to a channel: then it is not idle. */
  readonly isHeard: (projectId: string, channel: string) => boolean;
}

/** Channels of all projects together; past it the one unused for longest goes, if nobody listens to it. */
const MAX_CHANNELS = 10_000;

/** Channels of one server, in memory. */
export function createMemoryChannelLog({
  clock,
  limits,
  createId,
  isHeard,
}: MemoryChannelLogOptions): ChannelLog {
  /** By "project/channel", the one used last at the end. */
  const rings = new Map<string, ChannelRing>();
  const counts = new Map<string, number>();
  const listeners = new Set<(event: ChannelEvent) => void>();

  function drop(key: string): void {
    const projectId = projectIn(key);
    const left = (counts.get(projectId) ?? 1) - 1;
    rings.delete(key);
    if (left > 0) counts.set(projectId, left);
    else counts.delete(projectId);
  }

  /** The front holds what was used least lately: what nobody hears goes, what somebody hears moves on. */
  function sweep(): void {
    const tooOld = clock.now() - limits.channelIdleMs;
    let left = rings.size;
    for (const [key, ring] of rings) {
      if (left === 0 || (ring.usedAt > tooOld && rings.size < MAX_CHANNELS)) return;
      left -= 1;
      const projectId = projectIn(key);
      if (!isHeard(projectId, key.slice(projectId.length + 1))) drop(key);
      else if (rings.delete(key)) rings.set(key, touched(ring));
    }
  }

  function touched(ring: ChannelRing): ChannelRing {
    ring.usedAt = clock.now();
    return ring;
  }

  function ringOf(projectId: string, channel: string): ChannelRing {
    const key = `${projectId}/${channel}`;
    const known = rings.get(key);
    if (known !== undefined) {
      rings.delete(key);
      rings.set(key, touched(known));
      return known;
    }
    sweep();
    const count = counts.get(projectId) ?? 0;
    const limit = limits.channelsPerProject;
    if (count >= limit) {
      throw new Fault("CONFLICT", `A project has at most ${limit} channels`, { details: { limit } });
    }
    const made = createChannelRing(createId(), limits, clock.now());
    rings.set(key, made);
    counts.set(projectId, count + 1);
    return made;
  }

  return {
    async append(projectId, channel, data) {
      const ring = ringOf(projectId, channel);
      const { epoch, offset: last } = ring.position;
      const offset = last + 1;
      const timestamp = new Date(clock.now()).toISOString();
      const event: ChannelEvent = { type: "event", channel, projectId, data, timestamp, offset, epoch };
      ring.append(event, JSON.stringify(event).length);
      for (const listener of [...listeners]) listener(event);
      return { epoch, offset };
    },
    async read(projectId, channel, since) {
      return ringOf(projectId, channel).after(since);
    },
    onEvent(listener) {
      const own = (event: ChannelEvent): void => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}

function projectIn(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
