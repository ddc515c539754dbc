import type { Redis } from "ioredis";
import { addressOf } from "../store/redis/address.ts";
import { type CreateClient, createClient, settingsOf } from "../store/redis/connection.ts";
import { createKeys } from "../store/redis/keys.ts";
import { createLink, type Link } from "../store/redis/link.ts";
import { connectFirst, opening } from "../store/redis/server-check.ts";
import { createSubscriber } from "../store/redis/subscriber.ts";

export interface ClusterLinkOptions {
  /** Begins the names of all keys and channels; default `holdfast`. */
  readonly prefix?: string;
  /** From 0 to below 1, for waits; default `Math.random`. */
  readonly random?: () => number;
  /** Told what a listener throws. */
  readonly onError: (error: unknown) => void;
  /** How long a server is waited for at first, in milliseconds; default 5,000. */
  readonly connectMs?: number;
  /** How long an answer is waited for before Redis counts as away, in milliseconds; default 2,000. */
  readonly answerMs?: number;
  readonly createClient?: CreateClient;
}

export interface ChannelListener {
  onMessage(text: string): void;
  /** From here on messages come; what was published before may have been missed. Again after each cut. */
  onSubscribed?(): void;
}

/** Two connections beside those of the store, for what servers share that is not state: one asks, one hears. */
export interface ClusterLink {
  readonly commands: Link;
  /** Of the commands' connection, for a library that sends by itself. */
  readonly client: Redis;
  readonly prefix: string;
  /** Channels, other than keys, are not of a database: theirs is part of their names. */
  readonly db: number;
  /** One listener a channel. Returns how to stop. */
  listen(channel: string, listener: ChannelListener): () => void;
  /** Sends a message once; it is lost when Redis is away. */
  publish(channel: string, text: string): void;
  /** Calls whenever commands can be sent again. Returns how to stop. */
  onUp(listener: () => void): () => void;
  close(): void;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 2_000;
/** How often it is checked whether the hearing connection still lives, in milliseconds. */
const CHECK_MS = 3_000;

/** @throws StoreOpenError for a server that is not there */
export async function openClusterLink(url: string, options: ClusterLinkOptions): Promise<ClusterLink> {
  const { prefix = "holdfast", random = Math.random, onError } = options;
  const { connectMs = CONNECT_MS, answerMs = ANSWER_MS } = options;
  const make = options.createClient ?? createClient;
  const address = addressOf(url);
  const { db } = address;
  const client = make(settingsOf(address, "holdfast-cluster", answerMs, random));
  const messages = make(settingsOf(address, "holdfast-cluster-feed", answerMs, random));
  for (const one of [client, messages]) one.on("error", () => undefined);
  const commands = await opening(address, [client, messages], async () => {
    await connectFirst(client, address, connectMs);
    await connectFirst(messages, address, connectMs);
    return createLink(client, createKeys(prefix, db).fence);
  });
  const listeners = new Map<string, ChannelListener>();
  const upListeners = new Set<() => void>();

  function guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      onError(error);
    }
  }

  const subscriber = createSubscriber({
    client: messages,
    onMessage: (channel, text) => guarded(() => listeners.get(channel)?.onMessage(text)),
    onSubscribed(channels) {
      for (const channel of channels) guarded(() => listeners.get(channel)?.onSubscribed?.());
    },
  });
  commands.onUp(() => {
    for (const listener of [...upListeners]) guarded(listener);
  });
  const checks = setInterval(() => void subscriber.check(), CHECK_MS);
  checks.unref();

  return {
    commands,
    client,
    prefix,
    db,
    listen(channel, listener) {
      listeners.set(channel, listener);
      subscriber.add(channel);
      return () => {
        if (listeners.get(channel) !== listener) return;
        listeners.delete(channel);
        subscriber.remove(channel);
      };
    },
    publish(channel, text) {
      if (commands.isUp()) client.publish(channel, text).catch(() => undefined);
    },
    onUp(listener) {
      upListeners.add(listener);
      return () => void upListeners.delete(listener);
    },
    close() {
      clearInterval(checks);
      subscriber.close();
      commands.close();
    },
  };
}
