import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import type { ChannelData, ChannelEvent } from "../protocol/index.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import { createEmitter, type Emitter } from "../util/emitter.ts";
import { untilAborted } from "../util/until-aborted.ts";
import { createAiStream } from "./ai-stream.ts";
import type { Channel, ChannelGap, ChannelMeta } from "./channel.ts";
import { createSubscription, type Subscription } from "./subscription.ts";

export interface ChannelsOptions {
  readonly link: Link;
  readonly record: RecordTrace;
  random(): number;
  schedule(delayMs: number, task: () => void): () => void;
  onError(error: unknown): void;
}

export interface Channels extends Part {
  channel<Name extends keyof ChannelData>(name: Name): Channel<ChannelData[Name]>;
  channel<Data = unknown>(name: string): Channel<Data>;
  aiStream(id: string): AsyncIterable<string>;
}

interface Topic {
  /** `data` and `gap`. */
  readonly heard: Emitter;
  readonly subscription: Subscription;
}

/** A position no channel ever has: the server answers with all that it keeps (protocol section 16). */
const FROM_THE_START = { epoch: "-", offset: 0 };

export function createChannels(options: ChannelsOptions): Channels {
  const { link, onError } = options;
  const topics = new Map<string, Topic>();
  const closed = new AbortController();

  const open = (channel: string, heard: Emitter): Topic => {
    const subscription = createSubscription({
      ...options,
      channel,
      deliver: ({ data, ...meta }) => heard.emit("data", data, meta),
      onGap: (from) => heard.emit("gap", { channel, from }),
    });
    const topic = { heard, subscription };
    topics.set(channel, topic);
    return topic;
  };

  const subscribe = (
    channel: string,
    hear: (data: never, meta: ChannelMeta) => void,
    onGap: (gap: ChannelGap) => void = () => {},
    signal?: AbortSignal,
  ): (() => void) => {
    if (signal?.aborted === true) return () => {};
    const { heard, subscription } = topics.get(channel) ?? open(channel, createEmitter(onError));
    const offs = [heard.on("data", hear), heard.on("gap", onGap)];
    subscription.start();
    return untilAborted(signal, () => {
      for (const off of offs.splice(0)) off();
      const topic = topics.get(channel);
      if (heard.size > 0 || topic?.heard !== heard) return;
      topic.subscription.stop();
      topics.delete(channel);
      link.send("channel:unsubscribe", { channel });
    });
  };

  const offs = [
    link.on("channel:event", (payload) => {
      // The server is held to the shapes of its protocol version.
      const event = payload as ChannelEvent;
      topics.get(event.channel)?.subscription.hear(event);
    }),
    link.onDown(() => {
      for (const { subscription } of topics.values()) subscription.pause();
    }),
  ];

  return {
    channel: (name: string): Channel<never> => ({
      subscribe: (hear, { signal, onGap } = {}) => subscribe(name, hear, onGap, signal),
      publish: (data) => link.request("channel:publish", { channel: name, data }),
    }),
    aiStream: (id) => ({
      [Symbol.asyncIterator]: () =>
        createAiStream({
          id,
          follow: (hear, onGap) => subscribe("ai-response", hear, onGap),
          history: () => link.request("channel:subscribe", { channel: "ai-response", since: FROM_THE_START }),
          onUp: link.onUp,
          closed: closed.signal,
        }),
    }),
    resume() {
      for (const { subscription } of topics.values()) subscription.start();
    },
    reset() {
      // Channels of another project: the same names, other positions.
      for (const [channel, { heard, subscription }] of [...topics]) {
        subscription.stop();
        open(channel, heard);
      }
    },
    dispose() {
      for (const off of offs) off();
      for (const { subscription } of topics.values()) subscription.stop();
      topics.clear();
      closed.abort();
    },
  };
}
