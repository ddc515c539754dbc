import type { ChannelEvent, ChannelPublishAck, ChannelSubscribeAck } from "../../../sdk/protocol/index.ts";

export interface RingLimits {
  readonly channelEvents: number;
  readonly channelBytes: number;
}

/** The last events of one channel: so many, and not more than so many bytes. The oldest goes first. */
export interface ChannelRing {
  readonly position: ChannelPublishAck;
  /** Epoch milliseconds of the last event or subscriber. */
  usedAt: number;
  append(event: ChannelEvent, bytes: number): void;
  after(since: ChannelPublishAck | undefined): ChannelSubscribeAck;
}

export function createChannelRing(epoch: string, limits: RingLimits, now: number): ChannelRing {
  const kept: Array<{ readonly event: ChannelEvent; readonly bytes: number }> = [];
  let start = 0;
  let bytes = 0;
  let offset = 0;

  function drop(): void {
    bytes -= kept[start]?.bytes ?? 0;
    start += 1;
    if (start < limits.channelEvents) return;
    kept.splice(0, start);
    start = 0;
  }

  return {
    usedAt: now,
    get position() {
      return { epoch, offset };
    },
    append(event, size) {
      offset = event.offset;
      kept.push({ event, bytes: size });
      bytes += size;
      while (kept.length - start > limits.channelEvents || bytes > limits.channelBytes) drop();
    },
    after(since) {
      if (since === undefined) return { epoch, offset, recovered: true, events: [] };
      const known = kept.slice(start).map(({ event }) => event);
      const oldest = known[0]?.offset ?? offset + 1;
      const isKnown = since.epoch === epoch && since.offset <= offset;
      const recovered = isKnown && since.offset + 1 >= oldest;
      const events = isKnown ? known.filter((event) => event.offset > since.offset) : known;
      return { epoch, offset, recovered, events };
    },
  };
}
