import { Redis, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./address.ts";

/** A server that is frozen does not say goodbye. */
const DISCONNECT_MS = 100;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 1_000;
const JITTER_MS = 100;

/** Replies keep the shapes that ioredis gives by default. */
export type ClientSettings = Omit<RedisOptions, "replyMapping">;

/**
 * How both connections are set: ioredis waits for nothing and sends nothing again by itself. A command that cannot be
 * sent or loses its connection rejects at once, one without an answer after `answerMs`, and what is to be sent again is
 * decided where it is known what that would do, after the new connection has been fenced.
 * It reconnects for ever, after 50 ms to 1 s and up to 100 ms of jitter; also when the server turned into a replica.
 */
export function settingsOf(
  address: RedisAddress,
  name: string,
  answerMs: number,
  random: () => number,
): ClientSettings {
  return {
    ...address,
    connectionName: name,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    disconnectTimeout: DISCONNECT_MS,
    retryStrategy: (attempt) =>
      Math.min(RETRY_BASE_MS * 2 ** Math.min(attempt - 1, 10), RETRY_CAP_MS) +
      Math.floor(random() * JITTER_MS),
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  };
}

/** Makes a client; an application can give its own, to go through Sentinel for one. */
export type CreateClient = (settings: ClientSettings) => Redis;

export const createClient: CreateClient = (settings) => new Redis(settings);
