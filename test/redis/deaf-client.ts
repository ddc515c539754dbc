import { Redis } from "ioredis";
import type { CreateClient } from "../../server/store/redis/connection.ts";

/** Clients that lose messages in silence, one by one as `isDeaf` says. */
export function deafClient(isDeaf: () => boolean): CreateClient {
  return (settings) => {
    const client = new Redis(settings);
    const emit = client.emit.bind(client);
    client.emit = (event: string | symbol, ...args: unknown[]) =>
      event === "message" && isDeaf() ? true : emit(event, ...args);
    return client;
  };
}
