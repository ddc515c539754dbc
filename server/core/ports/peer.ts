import type { Namespace } from "../../../sdk/protocol/index.ts";

/** Where a socket is: a namespace of Socket.IO, or the plain WebSocket beside them. */
export type PeerNamespace = Namespace | "/ws";

/**
 * One attached socket, as the core sees it. A transport (socket.io, memory, msw) makes one per namespace connection
 * and tells the hub what arrives; the hub answers through it. Payloads are plain JSON values and `Uint8Array`s.
 */
export interface Peer {
  /** Unique on this server; the `connectionId` clients are told. */
  readonly id: string;
  readonly namespace: PeerNamespace;
  /** Shared by the namespaces that one client multiplexes over one connection. */
  readonly connection: string;
  readonly transport: PeerTransport;
  send(event: string, payload: unknown): void;
  /** Sends and waits for the client's ack. Rejects after `timeoutMs`, or when the peer is gone. */
  request(event: string, payload: unknown, timeoutMs: number): Promise<unknown>;
  /** Ends this namespace connection from the server's side; `whole` ends all of its connection. */
  close(whole?: boolean): void;
  /** Bytes (or packets' estimate) that were sent and have not left the process. */
  unsentBytes(): number;
  /** Calls back once when everything unsent has left, or the peer is gone. */
  whenDrained(callback: () => void): void;
}

/** What the peers of one transport share. */
export interface PeerTransport {
  /** Sends one event to many peers of this transport, encoded once. */
  multicast(peers: ReadonlySet<Peer>, event: string, payload: unknown): void;
}

/** A connection that asks to come in. */
export interface Candidate {
  readonly namespace: PeerNamespace;
  /** `handshake.auth` as it came. */
  readonly auth: unknown;
  /** Whether the edge found the connection local (protocol section 3). */
  readonly local: boolean;
  readonly connection: string;
}

/** Why a peer went away; only the first three make an agent lost. */
export type DetachReason =
  | "transport close"
  | "transport error"
  | "ping timeout"
  | "client namespace disconnect"
  | "server namespace disconnect"
  | "server shutting down";
