import type { Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io";

/** An Engine.IO connection, as Socket.IO's types show it. */
export type EngineSocket = Socket["conn"];

/** A packet in Engine.IO's buffer. */
export interface Buffered {
  readonly data?: string | ArrayBufferView | ArrayBuffer;
}

/** What of Engine.IO and `ws` says what waits where: in their code for everybody to see, but not in their types. */
export interface Engine {
  readonly readyState: string;
  /** Fills while the transport is busy. */
  readonly writeBuffer: readonly Buffered[];
  readonly transport: {
    readonly name: string;
    /** Whether what it was given has left. */
    readonly writable: boolean;
    /** The `ws` socket of a WebSocket, absent while polling. */
    readonly socket?: { readonly bufferedAmount?: number; readonly _socket?: TcpSocket | null };
  };
}

export function internalsOf(engine: EngineSocket): Engine {
  // The cast is explained at `Engine`.
  return engine as unknown as Engine;
}

/**
 * The TCP socket under a WebSocket that Engine.IO leaves idle: it holds nothing and waits for nothing, so whoever
 * writes whole frames there keeps the order of frames.
 */
export function idleSocketOf({ readyState, writeBuffer, transport }: Engine): TcpSocket | undefined {
  const isIdle = readyState === "open" && transport.writable && writeBuffer.length === 0;
  if (!isIdle || transport.name !== "websocket") return undefined;
  const socket = transport.socket?._socket;
  // It is ended a moment before Engine.IO hears of it.
  return socket?.writable === true ? socket : undefined;
}
