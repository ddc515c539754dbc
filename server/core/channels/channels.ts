import type { ChannelEvent, ChannelPublishAck } from "../../../sdk/protocol/index.ts";
import type { Sender } from "../delivery/sender.ts";
import { badRequest, Fault } from "../fault.ts";
import type { Access, Caller, Handlers } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { ChannelLog } from "../ports/channel-log.ts";
import type { Principal } from "../ports/principal.ts";
import { projectOf } from "../project-of.ts";
import { channelRoom, everyChannelRoom, isChannelRoom, type Rooms } from "../rooms.ts";
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
    const room = channelRoom(event.projectId, event.channel);
    sender.room(rooms.get(room), "channel:event", event);
    const hearers = [...(rooms.get(everyChannelRoom(event.channel))?.members ?? [])].filter(
      (caller) => !rooms.has(caller, room) && access.allows(caller.principal, "read", event.projectId),
    );
    if (hearers.length > 0)
      sender.peers(
        hearers.map(({ peer }) => peer),
        "channel:event",
        event,
      );
  });

  function join(caller: Caller, room: string): void {
    if (!rooms.has(caller, room) && rooms.of(caller, "channel:").length >= MAX_SUBSCRIPTIONS) {
      throw new Fault("CONFLICT", `A socket listens to at most ${MAX_SUBSCRIPTIONS} channels`, {
        details: { limit: MAX_SUBSCRIPTIONS },
      });
    }
    rooms.join(caller, room);
  }

  /**
   * Joins without a position: of the socket's project, else of every project for who may read all, of the only one
   * for who may read one (protocol section 10).
   * @throws Fault `FORBIDDEN`, `CONFLICT`, `BAD_REQUEST` when no project can be meant
   */
  function listen(caller: Caller, channel: string): void {
    const { principal } = caller;
    const readable = (principal.projects ?? []).filter((id) => access.allows(principal, "read", id));
    const projectId = caller.projectId ?? (readable.length === 1 ? readable[0] : undefined);
    if (projectId !== undefined) {
      access.require(principal, "read", projectId);
      join(caller, channelRoom(projectId, channel));
    } else if (principal.readsAll) join(caller, everyChannelRoom(channel));
    else throw badRequest("projectId required", [{ path: ["projectId"], message: "name it in the URL" }]);
  }

  /** Leaves a channel wherever it was joined. */
  function ignore(caller: Caller, channel: string): void {
    for (const name of rooms.of(caller)) {
      // No id holds a slash.
      if (isChannelRoom(name) && name.endsWith(`/${channel}`)) rooms.leave(caller, name);
    }
  }

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
      // Listening before reading: what is told meanwhile overlaps with what is read, and nothing falls between.
      join(caller, room);
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

  return { handlers, listen, ignore, publish, onEvent: log.onEvent, dispose: stop };
}
