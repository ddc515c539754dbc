import type { ChannelPublishAck } from "../protocol/index.ts";

/** Events of a channel that are gone for good: those after `from` and before what is heard next. */
export interface ChannelGap {
  readonly channel: string;
  /** Offset of the last event that was heard, in the epoch of then. */
  readonly from: number;
}

/** What is heard beside the data of a channel event. */
export interface ChannelMeta {
  readonly channel: string;
  readonly projectId: string;
  readonly epoch: string;
  readonly offset: number;
  /** ISO. */
  readonly timestamp: string;
}

export interface ChannelSubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** Told before the next event when some are gone for good. */
  readonly onGap?: (gap: ChannelGap) => void;
}

/** One topic of the project (protocol section 9). */
export interface Channel<Data = unknown> {
  /**
   * Hears every event from now on once and in order, over reconnects too. Returns how to stop.
   */
  subscribe(listener: (data: Data, meta: ChannelMeta) => void, options?: ChannelSubscribeOptions): () => void;
  /** @throws HoldfastError of the server's code, `OFFLINE`, `TIMEOUT`, `CLOSED`, `PAYLOAD_TOO_LARGE`. */
  publish(data: Data): Promise<ChannelPublishAck>;
}
