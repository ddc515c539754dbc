import { Encoder, type Packet, PacketType } from "socket.io-parser";
import { type EngineSocket, idleSocketOf, internalsOf } from "./engine.ts";
import { FRAME_BINARY, FRAME_TEXT, framed } from "./frame.ts";

/** A packet that was encoded once, for any number of sockets of one namespace. */
export interface EncodedPacket {
  /** A text, and the binary attachments behind it. */
  readonly packets: ReadonlyArray<string | Buffer>;
  /** For Engine.IO's `write`. */
  readonly options: object;
  /** All of it as WebSocket frames, one behind the other. */
  readonly frames: Buffer;
}

const encoder = new Encoder();

/** What may be as large as a project, and is JSON as the store keeps it: not searched for bytes. */
const PLAIN: ReadonlySet<string> = new Set(["state:synced", "events"]);

/** What this server sends by itself: events, and the acks of those of clients. */
export type Outgoing =
  | { readonly event: string; readonly payload: unknown }
  | { readonly ackOf: number; readonly answer: unknown };

/**
 * Encodes a packet as Socket.IO does, and frames it for WebSockets, heads and bodies in one buffer, so that each
 * socket costs one write of it: Socket.IO's own broadcast frames once too, but writes head and body apart.
 */
export function encodePacket(nsp: string, outgoing: Outgoing): EncodedPacket {
  const packets = packetsOf(nsp, outgoing);
  const parts = packets.map((packet) =>
    typeof packet === "string" ? framed(FRAME_TEXT, `4${packet}`) : framed(FRAME_BINARY, packet),
  );
  const [first] = parts;
  if (parts.length !== 1 || first === undefined)
    return { packets, options: {}, frames: Buffer.concat(parts) };
  return { packets, options: { wsPreEncodedFrame: [first] }, frames: first };
}

function packetsOf(nsp: string, outgoing: Outgoing): readonly (string | Buffer)[] {
  if ("event" in outgoing && PLAIN.has(outgoing.event)) {
    const text = JSON.stringify([outgoing.event, outgoing.payload]);
    return [`${PacketType.EVENT}${nsp === "/" ? "" : `${nsp},`}${text}`];
  }
  const packet: Packet =
    "event" in outgoing
      ? { type: PacketType.EVENT, nsp, data: [outgoing.event, outgoing.payload] }
      : { type: PacketType.ACK, nsp, id: outgoing.ackOf, data: [outgoing.answer] };
  // Nothing else comes out of the encoder.
  return encoder.encode(packet) as Array<string | Buffer>;
}

/**
 * Writes an encoded packet to one connection. To a WebSocket with nothing waiting it goes straight to the TCP socket:
 * a dozen objects and events a packet, of Engine.IO and of the stream, are what takes longest in a broadcast. Whoever
 * is busy, polling or on the way up from it is left to Engine.IO, whose packets then stand behind in the same stream.
 */
export function writePacket(engine: EngineSocket, { packets, frames, options }: EncodedPacket): void {
  const socket = idleSocketOf(internalsOf(engine));
  // Without a callback a write that the kernel takes at once is over when this returns.
  if (socket?.writableLength === 0) socket.write(frames);
  // Engine.IO takes any options here and knows this one; its types do not (see its `WebSocket#send`).
  else for (const packet of packets) engine.write(packet, options);
}
