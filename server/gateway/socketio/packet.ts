import { Encoder, PacketType } from "socket.io-parser";
import type { EngineSocket } from "./backlog.ts";

/** An event that was encoded once, for any number of sockets of one namespace. */
export interface EncodedEvent {
  /** A text, and the binary attachments behind it. */
  readonly packets: ReadonlyArray<string | Buffer>;
  /** For Engine.IO's `write`. */
  readonly options: object;
  /** The same, for its transports. */
  readonly direct: readonly object[];
}

const encoder = new Encoder();

/**
 * Encodes an event as Socket.IO does. A text is also framed for WebSockets, head and body in one buffer, so that each
 * socket costs one write of it: Socket.IO's own broadcast frames once too, but writes head and body apart.
 */
export function encodeEvent(nsp: string, event: string, payload: unknown): EncodedEvent {
  // Nothing else comes out of the encoder.
  const packets = encoder.encode({ type: PacketType.EVENT, nsp, data: [event, payload] }) as Array<
    string | Buffer
  >;
  const [text] = packets;
  const isText = packets.length === 1 && typeof text === "string";
  const options = isText ? { wsPreEncodedFrame: [framed(`4${text}`)] } : {};
  return { packets, options, direct: packets.map((data) => ({ type: "message", data, options })) };
}

/** What of Engine.IO takes packets: in its code for everybody to see, but not in its types. */
interface Engine {
  readonly readyState: string;
  readonly writeBuffer: readonly unknown[];
  readonly transport: {
    readonly name: string;
    readonly writable: boolean;
    send(packets: readonly object[]): void;
  };
}

/**
 * Writes an encoded event to one connection. To a WebSocket that has nothing waiting it goes past Engine.IO's buffer,
 * which is what takes longest in a broadcast: a dozen objects and events a packet. Engine.IO does the same with what
 * is in its buffer; whoever is busy, polling or on the way up from it is left to it.
 */
export function writeEvent(engine: EngineSocket, { packets, direct, options }: EncodedEvent): void {
  // The cast is explained at `Engine`.
  const { readyState, writeBuffer, transport } = engine as unknown as Engine;
  const isFree = readyState === "open" && transport.writable && writeBuffer.length === 0;
  if (isFree && transport.name === "websocket") transport.send(direct);
  // Engine.IO takes any options here and knows this one; its types do not (see its `WebSocket#send`).
  else for (const packet of packets) engine.write(packet, options);
}

const FIN_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** One unmasked text frame. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function framed(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < LENGTH_16 ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FIN_TEXT;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, head);
  return frame;
}
