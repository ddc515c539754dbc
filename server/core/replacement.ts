import type { Attachment } from "./attachment.ts";
import type { Bus } from "./ports/bus.ts";

const TOPIC = "clients";

export interface ReplacementDeps {
  readonly bus: Bus;
  readonly serverId: string;
  /** The live one on this server. */
  readonly liveOne: (key: string) => Attachment | undefined;
  readonly keyOf: (attachment: Attachment) => string;
}

/**
 * One live connection a client, on whichever server: all hear of all in one order, and whoever was told of before goes
 * when the client is told of again. One that has not been told of yet is newer than what is heard.
 */
export function createReplacement({ bus, serverId, liveOne, keyOf }: ReplacementDeps) {
  /** Not told of yet, as all servers hear it. */
  const coming = new Map<string, Attachment>();

  /** Ids of peers are unique on their server. */
  const nameOf = ({ peer }: Attachment): string => `${serverId} ${peer.id}`;
  const announce = (key: string, attachment: Attachment): void =>
    bus.publish(TOPIC, [key, nameOf(attachment)]);

  const stops = [
    bus.subscribe(TOPIC, (message) => {
      // Only this file writes to the topic.
      const [key, name] = message as readonly [string, string];
      const own = coming.get(key);
      if (own !== undefined && nameOf(own) === name) coming.delete(key);
      const live = liveOne(key);
      if (live === undefined || nameOf(live) === name || coming.get(key) === live) return;
      live.peer.send("connection_replaced", {});
      live.peer.close();
    }),
    // What was said while this server was cut off reached nobody.
    bus.onUp(() => {
      for (const [key, attachment] of coming) announce(key, attachment);
    }),
  ];

  return {
    attached(attachment: Attachment): void {
      const key = keyOf(attachment);
      coming.set(key, attachment);
      announce(key, attachment);
    },
    detached(attachment: Attachment): void {
      const key = keyOf(attachment);
      if (coming.get(key) === attachment) coming.delete(key);
    },
    dispose(): void {
      for (const stop of stops) stop();
    },
  };
}
