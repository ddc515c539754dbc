import type { ChannelEvent, ChannelPublishAck } from "../../../sdk/protocol/index.ts";
import { Fault } from "../../core/fault.ts";
import type { Limits } from "../../core/limits.ts";
import type { ClusterLink } from "../cluster-link.ts";
import { APPEND, READ } from "./channel-scripts.ts";

export interface ChannelPlaceDeps {
  readonly link: ClusterLink;
  readonly limits: Limits;
  readonly createId: () => string;
}

/** What a channel holds after a position. */
export interface ChannelRead {
  readonly epoch: string;
  readonly offset: number;
  readonly events: readonly ChannelEvent[];
}

/** Where one channel is in Redis. */
export interface ChannelPlace {
  /** Messages `epoch offset event` of this channel. */
  readonly channel: string;
  /** @throws Fault `CONFLICT`; StoreUnavailable, and then it may have been appended */
  append(data: unknown, now: number): Promise<ChannelPublishAck>;
  /** Without a position no events. @throws Fault `CONFLICT`; StoreUnavailable */
  read(since: ChannelPublishAck | undefined): Promise<ChannelRead>;
  /** An event from its message. */
  eventOf(text: string): ChannelEvent;
}

/** Messages `project epoch offset event` of the channels of this name in every project. */
export function everyChannel({ prefix, db }: ClusterLink, name: string): string {
  return `${prefix}:channels:${db}:${name}`;
}

/** An event without what its place says of it. */
type Kept = Pick<ChannelEvent, "data" | "timestamp">;

export function channelPlace(deps: ChannelPlaceDeps, projectId: string, name: string): ChannelPlace {
  const { link, limits, createId } = deps;
  const of = `${link.prefix}:{${projectId}}:`;
  const keys = [`${of}channel:${name}`, `${of}channel-events:${name}`, `${of}channels`];
  const channel = `${of}channel-feed:${link.db}:${name}`;
  const opening = (): (string | number)[] => [
    createId(),
    name,
    limits.channelsPerProject,
    limits.channelIdleMs,
  ];

  function event(epoch: string, offset: number, json: string): ChannelEvent {
    // As `append` wrote it.
    const { data, timestamp } = JSON.parse(json) as Kept;
    return { type: "event", channel: name, projectId, data, timestamp, offset, epoch };
  }

  /** @throws Fault `CONFLICT` */
  function rowsOf(reply: unknown): readonly string[] {
    // Both scripts return a table that begins with how it went.
    const [kind, ...rest] = reply as readonly string[];
    if (kind === "ok") return rest;
    const limit = limits.channelsPerProject;
    throw new Fault("CONFLICT", `A project has at most ${limit} channels`, { details: { limit } });
  }

  return {
    channel,
    async append(data, now) {
      const kept: Kept = { data, timestamp: new Date(now).toISOString() };
      const bounds = [limits.channelEvents, limits.channelBytes];
      const told = [channel, everyChannel(link, name), projectId];
      const reply = await link.commands.run(APPEND, keys, [
        ...opening(),
        JSON.stringify(kept),
        ...bounds,
        ...told,
      ]);
      const [epoch = "", offset] = rowsOf(reply);
      return { epoch, offset: Number(offset) };
    },
    async read(since) {
      const position = [since?.epoch ?? "", since?.offset ?? 0];
      const [epoch = "", offset, first, ...rows] = rowsOf(
        await link.commands.ask(READ, keys, [...opening(), ...position]),
      );
      return {
        epoch,
        offset: Number(offset),
        events: rows.map((json, index) => event(epoch, Number(first) + index, json)),
      };
    },
    eventOf(text) {
      const first = text.indexOf(" ");
      const second = text.indexOf(" ", first + 1);
      return event(text.slice(0, first), Number(text.slice(first + 1, second)), text.slice(second + 1));
    },
  };
}
