import type { ChannelEvent, ChannelPublishAck } from "../../../sdk/protocol/index.ts";
import type { Sender } from "../delivery/sender.ts";
import { Fault } from "../fault.ts";
import type { Access, Handlers } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { ChannelLog } from "../ports/channel-log.ts";
import type { Principal } from "../ports/principal.ts";
import { projectOf } from "../project-of.ts";
import { channelRoom, type Rooms } from "../rooms.ts";
import { isLargerThan } from "../state/entity-size.ts";

/** Channels one socket may listen to. */
const MAX_SUBSCRIPTIONS = 1_000;

export interface ChannelsDeps {
  readonly log: ChannelLog;
  readonly rooms: Rooms;
  readonly sender: Sender;
  readonly access: Access;
  readonly limits: Limits;
}

/** Typed topics within a project, with positions and recovery (protocol section 9). */
export function createChannels({ log, rooms, sender, access, limits }: ChannelsDeps) {
  const stop = log.onEvent((event: ChannelEvent) => {
    sender.room(rooms.get(channelRoom(event.projectId, event.channel)), "channel:event", event);
  });

  /**
   * @param principal absent: the server itself
   * @throws Fault `FORBIDDEN`, `PAYLOAD_TOO_LARGE`, `CONFLICT` with `details.limit`
   */
  async function publish(
    principal: Principal | undefined,
    projectId: string,
    channel: string,
    data: unknown,
  ): Promise<ChannelPublishAck> {
    if (principal !== undefined) access.require(principal, "publish", projectId);
    if (isLargerThan(data ?? null, limits.channelEventBytes)) {
      throw new Fault(
        "PAYLOAD_TOO_LARGE",
        `A channel event holds at most ${limits.channelEventBytes} bytes`,
        {
          details: { limit: limits.channelEventBytes },
        },
      );
    }
    return log.append(projectId, channel, data ?? null);
  }

  const handlers: Handlers<"channel:subscribe" | "channel:unsubscribe" | "channel:publish"> = {
    "channel:subscribe"(caller, { channel, projectId: named, since }) {
      const projectId = projectOf(caller, named);
      access.require(caller.principal, "read", projectId);
      const room = channelRoom(projectId, channel);
      if (!rooms.has(caller, room) && rooms.of(caller, "channel:").length >= MAX_SUBSCRIPTIONS) {
        throw new Fault("CONFLICT", `A socket listens to at most ${MAX_SUBSCRIPTIONS} channels`, {
          details: { limit: MAX_SUBSCRIPTIONS },
        });
      }
      // Listening before reading: what is told meanwhile overlaps with what is read, and nothing falls between.
      rooms.join(caller, room);
      return log.read(projectId, channel, since).catch((error: unknown) => {
        rooms.leave(caller, room);
        throw error;
      });
    },
    "channel:unsubscribe"(caller, { channel, projectId }) {
      rooms.leave(caller, channelRoom(projectOf(caller, projectId), channel));
      return {};
    },
    "channel:publish": (caller, { channel, projectId, data }) =>
      publish(caller.principal, projectOf(caller, projectId), channel, data),
  };

  return { handlers, publish, onEvent: log.onEvent, dispose: stop };
}
