import { once } from "node:events";
import { connect, Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { startServer } from "./running-server.ts";

/** A client's text frame; the mask is zero, so that the text stands as it is. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}

/** How often the server of this port hands something to the platform: each may wake the client for itself. */
function countWrites(port: number): () => number {
  const spies = (["_write", "_writev"] as const).map((name) => vi.spyOn(Socket.prototype, name));
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  // What is called as a method of sockets has one for its `this`.
  const contexts = () => spies.flatMap(({ mock }) => mock.contexts as readonly Socket[]);
  return () => contexts().filter(({ localPort }) => localPort === port).length;
}

test("all that a new client is told at once comes in one write, behind one with both handshakes", async () => {
  const { server, port } = await startServer();
  server.bootstrap.set("p1", "init", { hello: "world" });
  await server.mutate("p1", { op: "create", collection: "tasks", id: "t", value: { title: "Hold" } });
  const writes = countWrites(port);
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  onTestFinished(() => void socket.destroy());
  /** As the platform reads it, which is as it was written: all of it is far below 64 KiB. */
  const chunk = async (): Promise<string> => {
    const [text] = (await once(socket, "data", { signal: AbortSignal.timeout(10_000) })) as [string];
    return text;
  };
  const first = chunk();
  const head = [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  expect(await first).toMatch(/^HTTP\/1\.1 101 .*0\{"sid":/s);
  expect(writes()).toBe(1);

  const second = chunk();
  const auth = { projectId: "p1", protocol: 1, sync: { limit: 2_000 } };
  socket.write(textFrame(`40/ui,${JSON.stringify(auth)}`));
  expect(await second).toMatch(
    /40\/ui,\{"sid":.*42\/ui,\["connection_status".*hello.*42\/ui,\["state:synced".*"title":"Hold"/s,
  );
  expect(writes()).toBe(2);
});
