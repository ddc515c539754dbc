import type { Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io";
import type { Namespace } from "../../../sdk/protocol/index.ts";
import type { Peer, PeerTransport } from "../../core/ports/peer.ts";
import type { Connection } from "./connection.ts";
import { type EncodedPacket, encodePacket, writePacket } from "./packet.ts";

/** Above this a connection that is closed does not get to send what waits: it was closed for not reading it. */
const DISCARD_BYTES = 1024 * 1024;

/** A Socket.IO socket as the core sees it. A class, since there is one per connection and methods are shared. */
export class SocketPeer implements Peer {
  readonly id: string;
  readonly namespace: Namespace;
  readonly connection: string;
  readonly transport: PeerTransport;
  readonly #socket: Socket;
  readonly #connection: Connection;
  /** Held back until the greeting is whole: what is told meanwhile stands behind it in the same write. */
  #greeting: TcpSocket | undefined;
  #pending: Set<(error: Error) => void> | undefined;

  constructor(socket: Socket, connection: Connection, transport: PeerTransport, greeting?: TcpSocket) {
    this.id = socket.id;
    // Only the namespaces of the protocol are ever created.
    this.namespace = socket.nsp.name as Namespace;
    this.connection = connection.id;
    this.transport = transport;
    this.#socket = socket;
    this.#connection = connection;
    this.#greeting = greeting;
  }

  send(event: string, payload: unknown): void {
    if (this.#socket.connected) this.deliver(encodePacket(this.namespace, { event, payload }));
  }

  /** Sends what was encoded, for this socket alone or for many. */
  deliver(packet: EncodedPacket): void {
    if (!this.#socket.connected) return;
    const greeting = this.#greeting;
    if (greeting !== undefined && greeting.writableCorked > 0 && greeting.writable) {
      greeting.write(packet.frames);
      return;
    }
    this.#greeting = undefined;
    writePacket(this.#socket.conn, packet);
  }

  /** Answers the client's event of this number. */
  answer(ackOf: number, answer: unknown): void {
    if (this.#socket.connected) this.deliver(encodePacket(this.namespace, { ackOf, answer }));
  }

  request(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#socket.connected) return reject(new Error("the peer is gone"));
      this.#pending ??= new Set();
      const pending = this.#pending;
      pending.add(reject);
      this.#socket.timeout(timeoutMs).emit(event, payload, (error: Error | null, answer: unknown) => {
        pending.delete(reject);
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  }

  close(whole = false): void {
    const { conn } = this.#socket;
    const isStuck = whole && this.#connection.backlog.bytes() > DISCARD_BYTES;
    this.#socket.disconnect(whole);
    if (isStuck) conn.close(true);
  }

  unsentBytes(): number {
    return this.#connection.backlog.bytes();
  }

  whenDrained(callback: () => void): void {
    this.#connection.backlog.whenEmpty(callback);
  }

  /** The socket is gone: nobody will answer any more. */
  gone(): void {
    for (const reject of this.#pending ?? []) reject(new Error("the peer is gone"));
    this.#pending = undefined;
  }
}
