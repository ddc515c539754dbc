import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";
import type { Clock } from "../../../server/core/ports/clock.ts";
import type { DetachReason, PeerTransport } from "../../../server/core/ports/peer.ts";
import { NAMESPACES, type Namespace } from "../../protocol/auth.ts";
import type { Served } from "../front.ts";
import { wireClone } from "../wire-clone.ts";
import type { Frame } from "./engine.ts";
import { exactBuffer } from "./exact-buffer.ts";
import { createSocketPeer, type SocketPeer } from "./socket-peer.ts";

export interface SessionOptions {
  readonly server: Served;
  readonly connection: string;
  readonly transport: PeerTransport;
  readonly local: boolean;
  readonly clock: Clock;
  readonly createId: () => string;
  /** A connection that joined nothing for this long is closed. */
  readonly authenticateMs: number;
  /** Sends one Engine.IO message. */
  send(message: Frame): void;
  /** Ends the connection for this reason. */
  close(reason: DetachReason): void;
}

/** The server's half of Socket.IO 5 over one connection: namespaces, what is asked of them, acks, disconnects. */
export interface SocketSession {
  take(message: Frame): void;
  ended(reason: DetachReason): void;
  /** Tells every namespace no, for good. */
  refuse(message: string): void;
}

/** One encoded packet: a text, and the bytes that belong to it. */
export function encode(packet: Packet): readonly Frame[] {
  // A text, then views or buffers.
  const pieces = new Encoder().encode(packet) as (string | ArrayBuffer | ArrayBufferView)[];
  return pieces.map((piece) => (typeof piece === "string" ? piece : exactBuffer(piece)));
}

export function createSocketSession(options: SessionOptions): SocketSession {
  const { server, connection, clock, createId, authenticateMs } = options;
  const sockets = new Map<Namespace, SocketPeer>();
  const asking = new Set<Namespace>();
  const decoder = new Decoder();
  let isEnded = false;
  let cancelIdle = (): void => undefined;

  decoder.on("decoded", take);
  idle();

  function write(packet: Packet): void {
    for (const piece of encode(packet)) options.send(piece);
  }

  function idle(): void {
    cancelIdle = clock.schedule(authenticateMs, () => options.close("transport close"));
  }

  function take(packet: Packet): void {
    const { nsp, type, id } = packet;
    const data: unknown = packet.data;
    if (type === PacketType.CONNECT) return void join(nsp, data);
    // Only the namespaces of the protocol are ever joined.
    const socket = sockets.get(nsp as Namespace);
    if (socket === undefined) return;
    // The decoder lets events and acks through with a list only.
    const [first, second] = Array.isArray(data) ? (data as readonly unknown[]) : [];
    if (type === PacketType.DISCONNECT) leave(socket, "client namespace disconnect");
    else if (type === PacketType.ACK || type === PacketType.BINARY_ACK) socket.answered(id, argument(first));
    else if (type === PacketType.EVENT || type === PacketType.BINARY_EVENT) {
      const ack =
        id === undefined
          ? undefined
          : (answer: unknown): void => write({ type: PacketType.ACK, nsp, id, data: [wireClone(answer)] });
      server.receive(socket.peer, String(first), argument(second), ack);
    }
  }

  async function join(nsp: string, auth: unknown): Promise<void> {
    const namespace = NAMESPACES.find((name) => name === nsp);
    if (namespace === undefined)
      return write({ type: PacketType.CONNECT_ERROR, nsp, data: { message: "Invalid namespace" } });
    if (sockets.has(namespace) || asking.has(namespace)) return;
    asking.add(namespace);
    const { local } = options;
    const verdict = await server.admit({ namespace, auth: auth ?? {}, local, connection });
    if (!asking.delete(namespace) || isEnded) return;
    if (!verdict.ok) {
      const { message, code, retryAfterMs } = verdict;
      const data = { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      return write({ type: PacketType.CONNECT_ERROR, nsp, data: { message, data } });
    }
    const socket = createSocketPeer({
      ...{ id: createId(), namespace, connection, clock, write },
      transport: options.transport,
      end(whole) {
        for (const other of whole ? [...sockets.values()] : [socket]) {
          write({ type: PacketType.DISCONNECT, nsp: other.namespace });
          leave(other, "server namespace disconnect");
        }
        if (whole) options.close("server namespace disconnect");
      },
    });
    cancelIdle();
    sockets.set(namespace, socket);
    write({ type: PacketType.CONNECT, nsp, data: { sid: socket.peer.id } });
    server.attach(socket.peer, verdict.admission);
  }

  function leave(socket: SocketPeer, reason: DetachReason): void {
    if (sockets.get(socket.namespace) !== socket) return;
    sockets.delete(socket.namespace);
    socket.gone();
    server.detach(socket.peer, reason);
    if (sockets.size === 0 && !isEnded) idle();
  }

  return {
    take(message) {
      try {
        decoder.add(typeof message === "string" ? message : new Uint8Array(message));
      } catch {
        options.close("transport error");
      }
    },
    ended(reason) {
      if (isEnded) return;
      isEnded = true;
      cancelIdle();
      decoder.destroy();
      asking.clear();
      for (const socket of [...sockets.values()]) leave(socket, reason);
    },
    refuse(message) {
      for (const nsp of [...sockets.keys(), ...asking])
        write({ type: PacketType.CONNECT_ERROR, nsp, data: { message, data: { code: "FORBIDDEN" } } });
    },
  };
}

/** Attachments are bytes for the core; a payload of none is none. */
function argument(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return new Uint8Array(exactBuffer(value));
  if (Array.isArray(value)) return value.map(argument);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, argument(item)]));
}
