import type { Link } from "../../sdk/connection/link.ts";
import { HoldfastError } from "../../sdk/errors.ts";
import type { ConnectionStatus } from "../../sdk/protocol/index.ts";

/** A request that waits for its answer. */
export interface FakeRequest {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly settled: boolean;
  answer(ack: unknown): void;
  refuse(error: HoldfastError): void;
}

/** A link whose other end is the test. */
export interface FakeLink extends Link {
  goUp(): void;
  /** What was asked and not answered fails with `OFFLINE`. */
  goDown(): void;
  /** The server says something. */
  say(event: string, payload: unknown): void;
  /** Every request ever made, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** Those not answered. */
  readonly open: readonly FakeRequest[];
  readonly listeners: number;
}

export const STATUS: ConnectionStatus = {
  status: "connected",
  connectionId: "socket-1",
  clientId: "c1",
  serverId: "server-1",
  protocol: 1,
  serverTime: 1_000_000,
  userId: "ada",
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
};

export function createFakeLink(): FakeLink {
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const ups = new Set<(status: ConnectionStatus) => void>();
  const anys = new Set<(event: string, payload: unknown) => void>();
  const downs = new Set<() => void>();
  const requests: FakeRequest[] = [];
  let up: ConnectionStatus | undefined;

  const request = (event: string, payload: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (up === undefined) {
        reject(new HoldfastError("OFFLINE", "down"));
        return;
      }
      let settled = false;
      requests.push({
        event,
        // A frame that leaves is a copy: what the sender does to its objects afterwards is not seen.
        payload: JSON.parse(JSON.stringify(payload)) as Record<string, unknown>,
        get settled() {
          return settled;
        },
        answer(ack) {
          settled = true;
          resolve(ack);
        },
        refuse(error) {
          settled = true;
          reject(error);
        },
      });
    });

  return {
    get up() {
      return up;
    },
    requests,
    get open() {
      return requests.filter(({ settled }) => !settled);
    },
    get listeners() {
      let count = anys.size + ups.size + downs.size;
      for (const set of listeners.values()) count += set.size;
      return count;
    },
    send: () => up !== undefined,
    // The test answers with what the contract says.
    request: request as Link["request"],
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      set.add(listener);
      return () => void set.delete(listener);
    },
    onAny(listener) {
      anys.add(listener);
      return () => void anys.delete(listener);
    },
    onUp(listener) {
      ups.add(listener);
      return () => void ups.delete(listener);
    },
    onDown(listener) {
      downs.add(listener);
      return () => void downs.delete(listener);
    },
    goUp() {
      up = STATUS;
      for (const listener of ups) listener(STATUS);
    },
    goDown() {
      up = undefined;
      for (const listener of downs) listener();
      for (const open of requests.filter(({ settled }) => !settled)) {
        open.refuse(new HoldfastError("OFFLINE", "went down"));
      }
    },
    say(event, payload) {
      for (const listener of anys) listener(event, payload);
      for (const listener of listeners.get(event) ?? []) listener(payload);
    },
  };
}

/** Lets every promise that can settle do so. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
