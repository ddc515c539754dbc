import type { Redis } from "ioredis";

/** The connection for messages: channels are subscribed to as long as somebody wants them, over any reconnect. */
export interface Subscriber {
  add(channel: string): void;
  remove(channel: string): void;
  /** Checks that the server at the other end still answers; one that does not is connected to anew. */
  check(): Promise<void>;
  close(): void;
}

export interface SubscriberOptions {
  readonly client: Redis;
  readonly onMessage: (channel: string, text: string) => void;
  /** From here on messages come; what was published before may have been missed. */
  readonly onSubscribed: (channels: readonly string[]) => void;
}

/** Channels in one command. */
const AT_ONCE = 500;

export function createSubscriber({ client, onMessage, onSubscribed }: SubscriberOptions): Subscriber {
  const wanted = new Set<string>();
  /** Not yet subscribed to, and not wanted any more, on this connection. */
  const toAdd = new Set<string>();
  const toRemove = new Set<string>();
  let settling: Promise<void> | undefined;
  let isClosed = false;

  client.on("message", onMessage);
  client.on("ready", begin);
  if (client.status === "ready") begin();

  function begin(): void {
    toRemove.clear();
    for (const channel of wanted) toAdd.add(channel);
    settle();
  }

  /** Brings what is subscribed to in line with what is wanted; what fails is begun anew on the next connection. */
  function settle(): void {
    if (settling !== undefined || isClosed || client.status !== "ready") return;
    if (toAdd.size === 0 && toRemove.size === 0) return;
    settling = step()
      .catch(reconnect)
      .finally(() => {
        settling = undefined;
        settle();
      });
  }

  async function step(): Promise<void> {
    const added = take(toAdd);
    const removed = take(toRemove);
    if (removed.length > 0) await client.unsubscribe(...removed);
    if (added.length === 0) return;
    await client.subscribe(...added);
    onSubscribed(added);
  }

  function reconnect(): void {
    if (!isClosed && client.status === "ready") client.disconnect(true);
  }

  return {
    add(channel) {
      wanted.add(channel);
      if (!toRemove.delete(channel)) toAdd.add(channel);
      settle();
    },
    remove(channel) {
      wanted.delete(channel);
      if (!toAdd.delete(channel)) toRemove.add(channel);
      settle();
    },
    async check() {
      if (client.status !== "ready") return;
      try {
        await client.ping();
      } catch {
        reconnect();
      }
    },
    close() {
      isClosed = true;
      client.disconnect();
    },
  };
}

/** Takes some channels out. */
function take(channels: Set<string>): string[] {
  const taken: string[] = [];
  for (const channel of channels) {
    if (taken.length === AT_ONCE) break;
    channels.delete(channel);
    taken.push(channel);
  }
  return taken;
}
