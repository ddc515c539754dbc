import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";

/** Spreads connections over servers, one after the other, as a load balancer with health checks does. */
export interface Balancer {
  readonly port: number;
  /** Takes servers out, and back in, by port; connections that are there stay. */
  use(ports: readonly number[]): void;
  /** Breaks every connection. */
  drop(): void;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  let targets: readonly number[] = [];
  let turn = 0;
  const sockets = new Set<Socket>();

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    return socket;
  }

  function join(client: Socket, tries: number): void {
    const port = targets[turn++ % targets.length];
    if (port === undefined || tries === 0) {
      client.destroy();
      return;
    }
    const server = keep(dial(port, "127.0.0.1"));
    let isOpen = false;
    server.once("connect", () => {
      isOpen = true;
      client.pipe(server);
      server.pipe(client);
    });
    server.once("close", () => {
      // One that refused was never spoken to: the next one may do.
      if (isOpen) client.destroy();
      else join(client, tries - 1);
    });
    client.once("close", () => server.destroy());
  }

  const listener = createServer((client) => join(keep(client), targets.length));
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    use(ports) {
      targets = ports;
    },
    drop,
    async close() {
      drop();
      listener.close();
      await once(listener, "close");
    },
  };
}
