import { io, type Socket } from "socket.io-client";
import { createFakePeer, createFakeTransport, type FakePeer } from "../../terminals/fake-peer.ts";
import type { AnyAck } from "../../terminals/fixture.ts";
import type { Server } from "../../terminals/model/wire.ts";

/** A server that is a process, as the model's owners and viewers reach it: by sockets of their own. */
export interface RemoteServer extends Server {
  close(): void;
}

export function reachServer(url: string): RemoteServer {
  const transport = createFakeTransport();
  const sockets = new Map<FakePeer, Socket>();
  return {
    peer(options = {}) {
      const peer = createFakePeer(transport, options);
      const { namespace = "/terminal", projectId = "p1" } = options;
      const auth = { projectId, protocol: 1, ...(namespace === "/cli" && { sessionId: "s1" }) };
      const socket = io(`${url}${namespace}`, {
        forceNew: true,
        reconnection: false,
        transports: ["websocket"],
        auth,
      });
      peer.onRequest = undefined;
      socket.onAny((event: string, payload: unknown, answer?: (ack: unknown) => void) => {
        if (!event.startsWith("terminal:")) return;
        if (answer === undefined) peer.send(event, payload);
        else void peer.request(event, payload, 0).then(answer, () => undefined);
      });
      sockets.set(peer, socket);
      return peer;
    },
    async call(peer, event, payload, tag) {
      const ack = await new Promise<AnyAck>((resolve) => {
        sockets.get(peer)?.emit(event, payload, resolve);
      });
      peer.send(`ack:${tag}`, ack);
      return ack;
    },
    terminals: { detached: (peer) => void sockets.get(peer)?.disconnect() },
    close() {
      for (const socket of sockets.values()) socket.disconnect();
    },
  };
}
