/** First byte of a frame that is a whole message. */
export const FRAME_TEXT = 0x81;
export const FRAME_BINARY = 0x82;

const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** One unmasked WebSocket frame. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export function framed(kind: number, body: string | Uint8Array): Buffer {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const head = length < LENGTH_16 ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = kind;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof body === "string") frame.write(body, head);
  else frame.set(body, head);
  return frame;
}
