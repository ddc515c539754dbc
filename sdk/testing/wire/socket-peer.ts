import { type Packet, PacketType } from "socket.io-parser";
import type { Clock } from "../../../server/core/ports/clock.ts";
import type { Peer, PeerTransport } from "../../../server/core/ports/peer.ts";
import type { Namespace } from "../../protocol/auth.ts";
import { wireClone } from "../wire-clone.ts";

export interface SocketPeerOptions {
  readonly id: string;
  readonly namespace: Namespace;
  readonly connection: string;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  write(packet: Packet): void;
  end(whole: boolean): void;
}

/** One namespace of a Socket.IO connection as the core sees it, with the acks that are awaited. */
export interface SocketPeer {
  readonly peer: Peer;
  readonly namespace: Namespace;
  answered(id: number | undefined, answer: unknown): void;
  gone(): void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export function createSocketPeer(options: SocketPeerOptions): SocketPeer {
  const { id, namespace, connection, transport, clock } = options;
  const waiting = new Map<number, Waiting>();
  let isOpen = true;
  let requests = 0;

  const event = (name: string, payload: unknown): Packet => ({
    type: PacketType.EVENT,
    nsp: namespace,
    data: payload === undefined ? [name] : [name, wireClone(payload)],
  });

  const peer: Peer = {
    id,
    namespace,
    connection,
    transport,
    send(name, payload) {
      if (isOpen) options.write(event(name, payload));
    },
    request: (name, payload, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (!isOpen) return reject(new Error("the peer is gone"));
        const number = ++requests;
        const cancel = clock.schedule(timeoutMs, () => {
          waiting.delete(number);
          reject(new Error("no ack in time"));
        });
        waiting.set(number, {
          resolve(answer) {
            cancel();
            resolve(answer);
          },
          reject(error) {
            cancel();
            reject(error);
          },
        });
        options.write({ ...event(name, payload), id: number });
      }),
    close(whole = false) {
      if (isOpen) options.end(whole);
    },
    unsentBytes: () => 0,
    whenDrained: (callback) => queueMicrotask(callback),
  };

  return {
    peer,
    namespace,
    answered(number, answer) {
      const found = number === undefined ? undefined : waiting.get(number);
      if (number === undefined || found === undefined) return;
      waiting.delete(number);
      found.resolve(answer);
    },
    gone() {
      isOpen = false;
      for (const { reject } of waiting.values()) reject(new Error("the peer is gone"));
      waiting.clear();
    },
  };
}
