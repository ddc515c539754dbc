import type { ChannelEvent, ChannelPublishAck, ChannelSubscribeAck } from "../../../sdk/protocol/index.ts";

/**
 * Where channels live: the last events of each, numbered. One server keeps them in memory; several share a log.
 * A channel exists from its first subscriber or event on, and keeps its epoch while it does.
 */
export interface ChannelLog {
  /**
   * Numbers an event and tells it.
   * @throws Fault `CONFLICT` with `details.limit` when the project has too many channels
   */
  append(projectId: string, channel: string, data: unknown): Promise<ChannelPublishAck>;
  /**
   * What came after `since`. Without it nothing, and the offset is the head's.
   * @throws Fault as `append`
   */
  read(projectId: string, channel: string, since?: ChannelPublishAck): Promise<ChannelSubscribeAck>;
  /**
   * Says that somebody here hears a channel, of every project when none is named; returns how to take that back. Logs of
   * one process tell everything and have no such method.
   */
  follow?(projectId: string | undefined, channel: string): () => void;
  /** Tells every event, of any node where it is followed, in the order of offsets per channel. Returns how to stop. */
  onEvent(listener: (event: ChannelEvent) => void): () => void;
}
