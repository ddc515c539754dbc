import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";

/** A relay in front of Redis that plays a trick on the next request which holds a text. */
export interface UnkindWire {
  readonly port: number;
  /** Lets the request through, swallows the answer and cuts the connection. Resolves when that is done. */
  loseAnswerTo(text: string): Promise<void>;
  /** Cuts the connection and keeps the request back. Resolves with what delivers it after all, and waits for the answer. */
  holdBack(text: string): Promise<() => Promise<string>>;
  close(): Promise<void>;
}

interface Trick {
  readonly text: string;
  play(client: Socket, server: Socket, request: Buffer): void;
}

export async function startUnkindWire(targetPort: number): Promise<UnkindWire> {
  const sockets = new Set<Socket>();
  let trick: Trick | undefined;

  const listener = createServer((client) => {
    const server = dial(targetPort, "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    const forward = (chunk: Buffer): void => void client.write(chunk);
    const hangUp = (): void => void server.destroy();
    server.on("data", forward).on("close", () => client.destroy());
    client.on("close", hangUp);
    client.on("data", (request: Buffer) => {
      const played = trick;
      if (played === undefined || !request.includes(played.text)) {
        server.write(request);
        return;
      }
      trick = undefined;
      server.off("data", forward);
      client.off("close", hangUp);
      played.play(client, server, request);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");

  return {
    port: address.port,
    loseAnswerTo: (text) =>
      new Promise((resolve) => {
        const play: Trick["play"] = (client, server, request) => {
          server.once("data", () => {
            client.destroy();
            server.destroy();
            resolve();
          });
          server.write(request);
        };
        trick = { text, play };
      }),
    holdBack: (text) =>
      new Promise((resolve) => {
        const play: Trick["play"] = (client, server, request) => {
          client.destroy();
          resolve(async () => {
            server.write(request);
            const [answer] = await once(server, "data");
            server.destroy();
            return String(answer);
          });
        };
        trick = { text, play };
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
