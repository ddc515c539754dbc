import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay that counts what a client receives, may delay both directions, and can be cut. */
export interface CountingRelay {
  readonly port: number;
  /** Bytes towards the client since `reset`. */
  readonly received: number;
  /** When the client first sent something since `reset`, by `process.hrtime.bigint()`. */
  readonly firstPacketAt: bigint | undefined;
  reset(): void;
  /** Breaks every connection and refuses new ones until `restore`. */
  cut(): void;
  restore(): void;
  close(): void;
}

/** @param oneWayMs how long what either side sends is on its way; the TCP handshake is not delayed */
export async function startCountingRelay(targetPort: number, oneWayMs = 0): Promise<CountingRelay> {
  let received = 0;
  let firstPacketAt: bigint | undefined;
  let isCut = false;
  const sockets = new Set<Socket>();

  const pass = (from: Socket, to: Socket, seen: (bytes: number) => void): void => {
    from.setNoDelay(true);
    sockets.add(from);
    from.on("error", () => {});
    from.on("data", (chunk: Buffer) => {
      seen(chunk.length);
      if (oneWayMs === 0) to.write(chunk);
      else setTimeout(() => to.writable && to.write(chunk), oneWayMs);
    });
    from.on("close", () => {
      sockets.delete(from);
      if (oneWayMs === 0) to.destroy();
      else setTimeout(() => to.destroy(), oneWayMs);
    });
  };

  const server = createServer((client) => {
    if (isCut) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const target = connect(targetPort, "127.0.0.1");
    pass(client, target, () => {
      firstPacketAt ??= process.hrtime.bigint();
    });
    pass(target, client, (bytes) => {
      received += bytes;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    // It listens on a port.
    port: (server.address() as AddressInfo).port,
    get received() {
      return received;
    },
    get firstPacketAt() {
      return firstPacketAt;
    },
    reset() {
      received = 0;
      firstPacketAt = undefined;
    },
    cut() {
      isCut = true;
      drop();
    },
    restore() {
      isCut = false;
    },
    close() {
      drop();
      server.close();
    },
  };
}
