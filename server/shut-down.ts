import type { Hub } from "./core/hub.ts";
import type { Limits } from "./core/limits.ts";
import type { Log } from "./core/ports/log.ts";
import type { SocketGateway } from "./gateway/socketio/socket-gateway.ts";
import type { Listeners } from "./http/listeners.ts";
import type { Store } from "./store/store.ts";

export interface ShutDownParts {
  readonly hub: Pick<Hub, "close">;
  readonly gateways: ReadonlyArray<Pick<SocketGateway, "close">>;
  readonly listeners: Pick<Listeners, "close">;
  readonly store: Pick<Store, "close">;
  readonly log: Log;
  readonly limits: Pick<Limits, "shutdownMs">;
}

/** What each step may take of the whole; the rest is for those after it. */
const SHARES = { hub: 0.6, gateway: 0.1, listeners: 0.1, store: 0.2 } as const;

/** How long the hub may wait for what is under way: its step ends by itself, just before it would be left behind. */
export function hubShareOf({ shutdownMs }: Pick<Limits, "shutdownMs">): number {
  return Math.max(1, Math.floor(shutdownMs * SHARES.hub * 0.9));
}

/**
 * Ends a server in order (protocol section 15): clients are told and what is under way is finished (hub), connections
 * are closed (gateway), then requests (listeners), and last the store, which nothing can reach any more. A step that
 * takes longer than its share is left behind, so that all of it never takes longer than `shutdownMs`.
 */
export async function shutDown({
  hub,
  gateways,
  listeners,
  store,
  log,
  limits,
}: ShutDownParts): Promise<void> {
  const graceMs = Math.floor((limits.shutdownMs * SHARES.listeners) / 2);
  const steps: ReadonlyArray<readonly [keyof typeof SHARES, () => Promise<void>]> = [
    ["hub", () => hub.close()],
    ["gateway", async () => void (await Promise.all(gateways.map((gateway) => gateway.close())))],
    ["listeners", () => listeners.close(graceMs)],
    ["store", () => store.close()],
  ];
  for (const [name, step] of steps) {
    try {
      const isDone = await within(limits.shutdownMs * SHARES[name], step());
      if (!isDone) log.warn({ step: name }, "a step of the shutdown took too long and was left behind");
    } catch (error) {
      log.error({ err: error, step: name }, "a step of the shutdown failed");
    }
  }
}

async function within(ms: number, task: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([task.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
