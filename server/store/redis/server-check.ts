import type { Redis } from "ioredis";
import { StoreOpenError } from "../store-open-error.ts";
import { labelOf, type RedisAddress } from "./address.ts";

/** `XTRIM MINID` and `XRANGE` with exclusive bounds. */
const OLDEST_VERSION = [6, 2] as const;
/** Rises whenever what is in Redis means something else. */
const FORMAT = 1;
const LOCKED_OUT = /WRONGPASS|NOAUTH|NOPERM|invalid password/;

/**
 * Does what opening takes; when that fails the clients are closed.
 * @throws StoreOpenError
 */
export async function opening<T>(
  address: RedisAddress,
  clients: readonly Redis[],
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    for (const client of clients) client.disconnect();
    throw error instanceof StoreOpenError ? error : unreachable(address, error);
  }
}

/**
 * Connects for the first time.
 * @throws StoreOpenError when nobody answers in time, or the server does not let us in
 */
export async function connectFirst(client: Redis, address: RedisAddress, connectMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let reason: unknown = new Error("no answer");
    const settle = (refused?: unknown): void => {
      clearTimeout(timer);
      client.off("error", note);
      if (refused === undefined) resolve();
      else reject(unreachable(address, refused));
    };
    const note = (error: unknown): void => {
      reason = error;
      if (LOCKED_OUT.test(String(error))) settle(error);
    };
    const timer = setTimeout(() => settle(reason), connectMs);
    client.on("error", note).once("ready", () => settle());
    // It goes on trying by itself; what came of each try is told by events.
    client.connect().catch(() => undefined);
  });
}

/**
 * Refuses a server that would lose or refuse what is kept in it.
 * @throws StoreOpenError
 */
export async function checkServer(client: Redis, address: RedisAddress, formatKey: string): Promise<void> {
  const info = factsOf(await client.info());
  const where = labelOf(address);
  const version = info.get("redis_version") ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1])) {
    throw unsuitable(
      `the Redis server ${where} has version ${version}`,
      "Use Redis 6.2 or newer, or Valkey.",
    );
  }
  if (info.get("redis_mode") === "cluster" || info.get("cluster_enabled") === "1") {
    throw unsuitable(`${where} is a Redis Cluster`, "Use one server, with replicas and Sentinel if need be.");
  }
  if (info.get("role") === "slave") {
    throw unsuitable(`${where} is a replica`, "Give the address of its primary.");
  }
  const policy = info.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    throw unsuitable(
      `the Redis server ${where} has maxmemory-policy ${policy} and would forget projects piece by piece`,
      "Set maxmemory-policy noeviction.",
    );
  }
  await client.setnx(formatKey, FORMAT);
  const format = Number(await client.get(formatKey));
  if (!(format <= FORMAT)) {
    throw new StoreOpenError(
      "newer-format",
      `the store in ${where} has format ${format}, this version knows ${FORMAT}`,
      "Run the version of holdfast that wrote it, or a newer one.",
    );
  }
}

/** `INFO` as names and values. */
function factsOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split("\r\n").flatMap((line) => {
      const colon = line.indexOf(":");
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}

function unsuitable(message: string, remedy: string): StoreOpenError {
  return new StoreOpenError("unsupported", message, remedy);
}

function unreachable(address: RedisAddress, error: unknown): StoreOpenError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreOpenError(
    "unreadable",
    `the Redis server ${labelOf(address)} cannot be used: ${reason}`,
    "Start it, or give another address, user or password with --store.",
    error,
  );
}
