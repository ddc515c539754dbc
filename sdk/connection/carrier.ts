/** Bytes are a binary message; everything else is text that begins with the digit of its type. */
export type EnginePacket = string | Uint8Array<ArrayBuffer>;

/** What the server says first, as far as it is used here. */
export interface EngineHandshake {
  readonly sid: string;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  /** Most bytes of one body of long-polling. */
  readonly maxPayload: number;
}

/**
 * One way to carry Engine.IO packets to a server, from the first attempt to the end: a WebSocket or long-polling.
 * @see https://socket.io/docs/v4/engine-io-protocol/
 */
export interface Carrier {
  /** The server's first packet came over this carrier, and it is used from here on. */
  opened?(handshake: EngineHandshake): void;
  send(packet: EnginePacket): void;
  /** Delivers what was sent, then ends. The listener is not called any more. */
  close(): void;
}

export interface CarrierListener {
  /** In order. Never throws. */
  packet(packet: EnginePacket): void;
  /** Could not be opened, or broke. Called once. */
  ended(reason: string): void;
}

/** @param url of the server's Engine.IO endpoint, with its query so far. @throws where this way does not exist. */
export type OpenCarrier = (url: string, listener: CarrierListener) => Carrier;
