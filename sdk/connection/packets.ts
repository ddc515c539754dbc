import type { EnginePacket } from "./carrier.ts";

/** Types of Socket.IO packets. With attachments an event is 5 and an ack 6; those are told apart by `Packet.data` alone. */
export const PACKET = { connect: 0, disconnect: 1, event: 2, ack: 3, connectError: 4 } as const;

type Bytes = Uint8Array<ArrayBuffer>;

export interface Packet {
  readonly type: number;
  readonly namespace: string;
  /** Asks for an ack, or is one. */
  readonly id?: number | undefined;
  /** Of an event its name and arguments, of an ack its arguments. */
  readonly data?: unknown;
}

/** Types 5 and 6 stand for 2 and 3 with attachments. */
const WITH_ATTACHMENTS = 3;
/** As socket.io has it; nothing in the protocol has more than one. */
const MAX_ATTACHMENTS = 10;

/** Type, number of attachments, namespace, id; then JSON. */
const HEAD = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d*)/;

/** Copies what holds bytes, with placeholders in their place. */
function detach(value: unknown, attachments: Bytes[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    // Shared memory is no payload: no browser sends it.
    attachments.push(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    return { _placeholder: true, num: attachments.length - 1 };
  }
  if (Array.isArray(value)) return value.map((item) => detach(item, attachments));
  if ("toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, detach(field, attachments)]));
}

const hasBytes = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (ArrayBuffer.isView(value) || Object.values(value).some(hasBytes));

/**
 * A packet as messages of the engine: its text and then its attachments (Socket.IO protocol revision 5).
 * @throws TypeError for what JSON cannot hold
 * @see https://socket.io/docs/v4/socket-io-protocol/
 */
export function encodePacket({ type, namespace, id, data }: Packet): [string, ...Bytes[]] {
  const attachments: Bytes[] = [];
  const plain = hasBytes(data) ? detach(data, attachments) : data;
  const { length } = attachments;
  const head = length === 0 ? `${type}` : `${type + WITH_ATTACHMENTS}${length}-`;
  const path = namespace === "/" ? "" : `${namespace},`;
  return [`${head}${path}${id ?? ""}${plain === undefined ? "" : JSON.stringify(plain)}`, ...attachments];
}

const malformed = (): Error => new Error("no packet");

function isValid({ type, id, data }: Packet): boolean {
  if (type === PACKET.event) return Array.isArray(data) && typeof data[0] === "string";
  if (type === PACKET.ack) return Array.isArray(data) && id !== undefined;
  return true;
}

/** Takes messages of the engine; gives the packets that are complete. @throws Error for what is none. */
export function createDecoder(): (message: EnginePacket) => Packet | undefined {
  /** A packet whose attachments are under way. */
  let partial: { readonly packet: Packet; readonly json: string; readonly missing: number } | undefined;
  let attachments: Bytes[] = [];

  const finish = (packet: Packet, json: string): Packet => {
    const isAttached = attachments.length > 0;
    const revive = (_key: string, field: { _placeholder?: unknown; num?: unknown } | null): unknown =>
      field?._placeholder === true ? attachments[Number(field.num)] : field;
    const data: unknown = json === "" ? undefined : JSON.parse(json, isAttached ? revive : undefined);
    attachments = [];
    const whole = { ...packet, data };
    if (!isValid(whole)) throw malformed();
    return whole;
  };

  return (message) => {
    if (typeof message !== "string") {
      if (partial === undefined) throw malformed();
      if (attachments.push(message) < partial.missing) return undefined;
      const { packet, json } = partial;
      partial = undefined;
      return finish(packet, json);
    }
    const head = HEAD.exec(message);
    if (head === null || partial !== undefined) throw malformed();
    const [text, digit, count, namespace = "/", id = ""] = head;
    const missing = Number(count ?? 0);
    const isBinary = Number(digit) > PACKET.connectError;
    if (missing > MAX_ATTACHMENTS || isBinary !== missing > 0) throw malformed();
    const type = Number(digit) - (isBinary ? WITH_ATTACHMENTS : 0);
    const packet: Packet = { type, namespace, id: id === "" ? undefined : Number(id) };
    const json = message.slice(text.length);
    if (missing === 0) return finish(packet, json);
    partial = { packet, json, missing };
    return undefined;
  };
}
