import type { Bus } from "../core/ports/bus.ts";
import type { ClusterLink } from "./cluster-link.ts";

/** Messages between servers by Redis' own publish and subscribe: one channel a topic, listened to only where it is heard. */
export function createRedisBus(link: ClusterLink): Bus {
  const topics = new Map<string, { listeners: Set<(message: unknown) => void>; stop: () => void }>();
  const upListeners = new Set<() => void>();
  const channelOf = (topic: string): string => `${link.prefix}:bus:${link.db}:${topic}`;

  function tellUp(): void {
    for (const listener of [...upListeners]) listener();
  }
  link.onUp(tellUp);

  function begin(topic: string) {
    const listeners = new Set<(message: unknown) => void>();
    const stop = link.listen(channelOf(topic), {
      onMessage(text) {
        const message: unknown = JSON.parse(text);
        for (const listener of [...listeners]) listener(message);
      },
      onSubscribed: tellUp,
    });
    const made = { listeners, stop };
    topics.set(topic, made);
    return made;
  }

  return {
    publish: (topic, message) => link.publish(channelOf(topic), JSON.stringify(message)),
    subscribe(topic, listener) {
      const known = topics.get(topic) ?? begin(topic);
      const own = (message: unknown): void => listener(message);
      known.listeners.add(own);
      return () => {
        known.listeners.delete(own);
        if (known.listeners.size > 0 || topics.get(topic) !== known) return;
        topics.delete(topic);
        known.stop();
      };
    },
    onUp(listener) {
      const own = (): void => listener();
      upListeners.add(own);
      return () => void upListeners.delete(own);
    },
  };
}
