import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import { createMemoryNetwork, type MemoryNetwork } from "../../sdk/testing/memory-transport.ts";
import { openHub } from "../behaviour/open-hub.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

/** The server's real core and any number of clients, in one process and on one clock. */
export interface CoreWorld {
  readonly server: ReturnType<typeof openHub>;
  readonly network: MemoryNetwork;
  readonly clock: ManualClock;
  readonly errors: unknown[];
  client(options?: Partial<ClientOptions>): Client;
  /** Breaks every connection. */
  cut(): void;
  /** Lets everything that is on its way arrive; moves the clock by `ms` in steps. */
  settle(ms?: number): Promise<void>;
  close(): Promise<void>;
}

export interface CoreWorldOptions {
  /** Connections count as local. Default: yes. */
  readonly local?: boolean;
}

export function openCoreWorld({ local = true }: CoreWorldOptions = {}): CoreWorld {
  const clock = createManualClock(1_800_000_000_000);
  const server = openHub({}, clock);
  let ids = 0;
  const network = createMemoryNetwork({ hub: () => server.hub, clock, createId: () => `n-${++ids}`, local });
  const errors: unknown[] = [];
  const clients: Client[] = [];
  const settle = async (ms = 0): Promise<void> => {
    for (let left = ms; ; left -= 100) {
      for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
      if (left <= 0) return;
      clock.advance(Math.min(left, 100));
    }
  };
  return {
    server,
    network,
    clock,
    errors,
    settle,
    client(options = {}) {
      const client = createClient({
        url: "http://memory",
        projectId: "p1",
        transport: network.connect,
        clock,
        random: () => 0.5,
        onError: (error) => errors.push(error),
        ...options,
      });
      clients.push(client);
      return client;
    },
    cut() {
      for (const connection of [...network.connections]) connection.cut();
    },
    async close() {
      for (const client of clients) await client.close();
      const closed = server.hub.close();
      await settle(20_000);
      await closed;
      if (server.log.errors.length > 0) throw new Error(JSON.stringify(server.log.errors));
    },
  };
}
