import type { ChannelEvent } from "../../../sdk/protocol/index.ts";
import type { ChannelLog } from "../../core/ports/channel-log.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { StoreUnavailable } from "../../store/store.ts";
import { type ChannelFollower, createChannelFollower } from "./channel-follower.ts";
import { type ChannelPlace, type ChannelPlaceDeps, channelPlace, everyChannel } from "./channel-place.ts";

export interface RedisChannelLogOptions extends ChannelPlaceDeps {
  readonly clock: Clock;
  /** Time between looks whether a message was lost in silence, in milliseconds; default 3,000. */
  readonly auditMs?: number | undefined;
}

export interface RedisChannelLog extends ChannelLog {
  follow(projectId: string | undefined, channel: string): () => void;
  dispose(): void;
}

const AUDIT_MS = 3_000;
/** How long a subscriber waits for this server to hear a channel, in milliseconds. */
const SUBSCRIBE_MS = 2_000;
/** Channels looked at by one audit. */
const AUDITED = 200;

interface Followed {
  readonly follower: ChannelFollower;
  readonly subscribed: Promise<void>;
  readonly stop: () => void;
}

/**
 * Channels in Redis, for all servers of a cluster: numbered, kept and told by one script an event. A server hears the
 * channels somebody listens to here; who publishes without listening hears nothing.
 */
export function createRedisChannelLog(options: RedisChannelLogOptions): RedisChannelLog {
  const { link, clock, auditMs = AUDIT_MS } = options;
  const listeners = new Set<(event: ChannelEvent) => void>();
  const followed = new Map<string, Followed>();
  /** Names of channels heard of every project. */
  const everywhere = new Map<string, () => void>();
  let audits: string[] = [];
  let isDisposed = false;
  const keyOf = (projectId: string, channel: string): string => `${projectId}/${channel}`;

  function tell(event: ChannelEvent): void {
    for (const listener of [...listeners]) listener(event);
  }

  function begin(place: ChannelPlace): Followed {
    const follower = createChannelFollower({ place, tell });
    let subscribed = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      subscribed = resolve;
    });
    const stop = link.listen(place.channel, {
      onMessage: follower.accept,
      onSubscribed() {
        subscribed();
        follower.catchUp().catch(() => undefined);
      },
    });
    return { follower, subscribed: first, stop };
  }

  function followEverywhere(channel: string): () => void {
    const stop = link.listen(everyChannel(link, channel), {
      onMessage(text) {
        const space = text.indexOf(" ");
        const projectId = text.slice(0, space);
        // Who follows the channel itself hears it there, without a hole.
        if (followed.has(keyOf(projectId, channel))) return;
        tell(channelPlace(options, projectId, channel).eventOf(text.slice(space + 1)));
      },
    });
    everywhere.set(channel, stop);
    return () => {
      everywhere.delete(channel);
      stop();
    };
  }

  /** @throws StoreUnavailable when it takes too long */
  async function inTime(action: Promise<void>): Promise<void> {
    let cancelLate = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancelLate = clock.schedule(SUBSCRIBE_MS, () =>
        reject(new StoreUnavailable("the channel cannot be heard")),
      );
    });
    await Promise.race([action, late]).finally(cancelLate);
  }

  function audit(): void {
    if (isDisposed) return;
    if (audits.length === 0) audits = [...followed.keys()];
    // A look also keeps a channel that is heard from being idle.
    if (link.commands.isUp())
      for (const key of audits.splice(0, AUDITED))
        followed
          .get(key)
          ?.follower.catchUp()
          .catch(() => undefined);
    cancel = clock.schedule(auditMs, audit);
  }
  let cancel = clock.schedule(auditMs, audit);

  return {
    append: (projectId, channel, data) => channelPlace(options, projectId, channel).append(data, clock.now()),
    async read(projectId, channel, since) {
      const heard = followed.get(keyOf(projectId, channel));
      // From before the read on all is told, so that what is told overlaps with what is read.
      if (heard !== undefined && link.commands.isUp()) {
        await inTime(heard.subscribed);
        await heard.follower.begun();
      }
      const { epoch, offset, events } = await channelPlace(options, projectId, channel).read(since);
      const oldest = events[0]?.offset ?? offset + 1;
      const recovered = since === undefined || (since.epoch === epoch && since.offset + 1 >= oldest);
      return { epoch, offset, recovered: recovered && (since?.offset ?? 0) <= offset, events };
    },
    follow(projectId, channel) {
      if (projectId === undefined) return followEverywhere(channel);
      const key = keyOf(projectId, channel);
      const made = begin(channelPlace(options, projectId, channel));
      followed.set(key, made);
      return () => {
        followed.delete(key);
        made.stop();
      };
    },
    onEvent(listener) {
      const own = (event: ChannelEvent): void => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    dispose() {
      isDisposed = true;
      cancel();
      for (const { stop } of followed.values()) stop();
      for (const stop of everywhere.values()) stop();
    },
  };
}
