import type { RawClient } from "./raw-client.ts";

/** Values that differ from run to run and server to server. */
const VARYING = new Set([
  "timestamp",
  "serverTime",
  "createdAt",
  "updatedAt",
  "epoch",
  "connectionId",
  "serverId",
  "tokenExpiresAt",
  "expiresAt",
  "since",
]);

/** What a client heard, without what varies by nature: equal on every transport. */
export function traceOf(client: RawClient): unknown {
  return client.events.map(({ event, payload }) => ({ event, payload: withoutVarying(payload) }));
}

/** A value without what varies by nature. */
export function withoutVarying(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutVarying);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, VARYING.has(key) ? typeof item : withoutVarying(item)]),
  );
}
