import type { Transport } from "../../sdk/connection/transport.ts";
import { createMemoryNetwork, type MemoryConnection } from "../../sdk/testing/memory-transport.ts";
import { openHub } from "./open-hub.ts";
import { connectBy, type Dial, type OpenServer } from "./server-under-test.ts";

/** The core behind the in-memory transport. */
export const openMemoryServer: OpenServer = async (options) => {
  const { hub, log, clock, token } = openHub(options);
  let ids = 0;
  const createId = (): string => `m-${++ids}`;
  const networkOf = (local: boolean) => createMemoryNetwork({ hub: () => hub, clock, createId, local });
  const networks = { local: networkOf(true), remote: networkOf(false) };
  const ends = new Map<Transport, MemoryConnection | undefined>();
  const dial: Dial = {
    connect({ local }) {
      const network = local ? networks.local : networks.remote;
      const before = new Set(network.connections);
      const transport = network.connect({ url: "memory:", timeoutMs: 1_000 });
      ends.set(
        transport,
        [...network.connections].find((other) => !before.has(other)),
      );
      return transport;
    },
    cut: (transport) => ends.get(transport)?.cut(),
  };

  return {
    connect: connectBy(dial),
    dial,
    token,
    hub,
    async close() {
      await hub.close();
      if (log.errors.length > 0) throw new Error(`the server logged errors: ${describe(log.errors)}`);
    },
  };
};

function describe(errors: readonly unknown[]): string {
  return errors
    .map((error) => String((error as { err?: Error }).err?.stack ?? JSON.stringify(error)))
    .join("\n");
}
