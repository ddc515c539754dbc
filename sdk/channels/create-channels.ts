import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import type { ChannelData, ChannelEvent } from "../protocol/index.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
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

interface Listener {
  readonly hear: (data: never, meta: ChannelMeta) => void;
  readonly onGap: ((gap: ChannelGap) => void) | undefined;
}

interface Topic {
  readonly listeners: Set<Listener>;
  readonly subscription: Subscription;
}

/** A position no channel ever has: the server answers with all that it keeps (protocol section 16). */
const FROM_THE_START = { epoch: "-", offset: 0 };

export function createChannels(options: ChannelsOptions): Channels {
  const { link, onError } = options;
  const topics = new Map<string, Topic>();
  const closed = new AbortController();

  const open = (channel: string): Topic => {
    const listeners = new Set<Listener>();
    const tell = (speak: (listener: Listener) => void): void => {
      for (const listener of [...listeners]) {
        if (!listeners.has(listener)) continue;
        try {
          speak(listener);
        } catch (error) {
          onError(error);
        }
      }
    };
    const subscription = createSubscription({
      ...options,
      channel,
      // Which data a channel carries is the application's own pairing of name and type.
      deliver: ({ data, ...meta }) => tell(({ hear }) => hear(data as never, meta)),
      onGap: (from) => tell(({ onGap }) => onGap?.({ channel, from })),
    });
    const topic = { listeners, subscription };
    topics.set(channel, topic);
    return topic;
  };

  const subscribe = (channel: string, listener: Listener, signal?: AbortSignal): (() => void) => {
    if (signal?.aborted === true) return () => {};
    const topic = topics.get(channel) ?? open(channel);
    topic.listeners.add(listener);
    topic.subscription.start();
    const stop = (): void => {
      signal?.removeEventListener("abort", stop);
      if (!topic.listeners.delete(listener) || topic.listeners.size > 0) return;
      topic.subscription.stop();
      topics.delete(channel);
      link.send("channel:unsubscribe", { channel });
    };
    signal?.addEventListener("abort", stop);
    return stop;
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
      subscribe: (hear, { signal, onGap } = {}) => subscribe(name, { hear, onGap }, signal),
      publish: (data) => link.request("channel:publish", { channel: name, data }),
    }),
    aiStream: (id) => ({
      [Symbol.asyncIterator]: () =>
        createAiStream({
          id,
          follow: (hear, onGap) => subscribe("ai-response", { hear, onGap }),
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
      for (const [channel, { listeners, subscription }] of [...topics]) {
        subscription.stop();
        const next = open(channel);
        for (const listener of listeners) next.listeners.add(listener);
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
