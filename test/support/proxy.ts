import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";

/** A TCP relay in front of a server, whose cable a test can pull. */
export interface Relay {
  readonly port: number;
  /** Breaks every connection and refuses new ones until `restore`. */
  cut(): void;
  /** Half-open: swallows what either side sends, closes nothing, until `restore`; swallowed connections stay dead. */
  swallow(): void;
  restore(): void;
  /** Connections accepted since the start. */
  readonly accepted: number;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<Relay> {
  let mode: "open" | "cut" | "swallow" = "open";
  let accepted = 0;
  const pairs = new Set<{ client: Socket; server: Socket | undefined; isDead: boolean }>();

  const listener = createServer((client) => {
    accepted += 1;
    client.on("error", () => {});
    if (mode === "cut") {
      client.resetAndDestroy();
      return;
    }
    const pair = { client, server: undefined as Socket | undefined, isDead: mode === "swallow" };
    pairs.add(pair);
    const end = (): void => {
      if (pair.isDead && mode !== "cut") return;
      pairs.delete(pair);
      client.destroy();
      pair.server?.destroy();
    };
    if (!pair.isDead) {
      const server = dial(targetPort, "127.0.0.1");
      pair.server = server;
      server.on("error", () => {});
      server.on("data", (chunk) => {
        if (!pair.isDead) client.write(chunk);
      });
      server.on("close", end);
    }
    client.on("data", (chunk) => {
      if (!pair.isDead) pair.server?.write(chunk);
    });
    client.on("close", end);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  const destroyAll = (): void => {
    for (const { client, server } of pairs) {
      client.destroy();
      server?.destroy();
    }
    pairs.clear();
  };
  return {
    port: address.port,
    cut() {
      mode = "cut";
      destroyAll();
    },
    swallow() {
      mode = "swallow";
      for (const pair of pairs) pair.isDead = true;
    },
    restore() {
      mode = "open";
    },
    get accepted() {
      return accepted;
    },
    async close() {
      destroyAll();
      listener.close();
      await once(listener, "close");
    },
  };
}
