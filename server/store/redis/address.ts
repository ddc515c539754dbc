import { StoreOpenError } from "../store-open-error.ts";

/** Where a Redis server is and how to log in, in the words of ioredis. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Record<string, never>;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[user:password@]host[:port][/db]`; `rediss` is the same over TLS.
 * @throws StoreOpenError
 */
export function addressOf(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url?.protocol === "redis:" || url?.protocol === "rediss:";
  if (url === undefined || !isRedis || url.hostname === "" || !/^\/?\d*$/.test(url.pathname)) {
    throw new StoreOpenError(
      "unsupported",
      "the address of the Redis store cannot be read",
      "Give redis://host:port/database, or rediss:// for TLS.",
    );
  }
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    // Node wants an IPv6 address without its brackets.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    db: Number(url.pathname.slice(1)),
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    ...(url.protocol === "rediss:" && { tls: {} }),
  };
}

/** What messages may say of it: never who logs in, nor with what. */
export function labelOf({ host, port, db }: RedisAddress): string {
  return `${host}:${port}/${db}`;
}
