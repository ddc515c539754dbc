import fc from "fast-check";
import { Decoder, Encoder, type Packet as TheirPacket } from "socket.io-parser";
import { describe, expect, it } from "vitest";
import type { EnginePacket } from "../../sdk/connection/carrier.ts";
import { createDecoder, encodePacket, PACKET, type Packet } from "../../sdk/connection/packets.ts";

const seed = process.env["SEED"] === undefined ? Date.now() % 2 ** 31 : Number(process.env["SEED"]);

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => new Uint8Array(array));
const payload = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.jsonValue(), bytes, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(
    fc.string().filter((key) => key !== "__proto__" && key !== "_placeholder" && key !== "toJSON"),
    tie("value"),
    { maxKeys: 3 },
  ),
})).value;
const namespace = fc.constantFrom("/", "/ui", "/mobile", "/a-b/c");
const id = fc.option(fc.nat(), { nil: undefined });
const name = fc
  .string()
  .filter(
    (text) => !/^(connect|connect_error|disconnect|disconnecting|newListener|removeListener)$/.test(text),
  );

const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ type: fc.constant(PACKET.event), namespace, id, data: fc.tuple(name, payload) }),
  fc.record({ type: fc.constant(PACKET.ack), namespace, id: fc.nat(), data: fc.tuple(payload) }),
  fc.record({
    type: fc.constant(PACKET.connect),
    namespace,
    data: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  fc.record({
    type: fc.constant(PACKET.connectError),
    namespace,
    data: fc.record({ message: fc.string(), data: fc.jsonValue() }),
  }),
  fc.record({ type: fc.constant(PACKET.disconnect), namespace }),
);

/** As it looks after the wire: `-0` is 0, bytes are bytes whatever holds them. */
function plain(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (ArrayBuffer.isView(value)) {
    return { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value === 0 ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
const fieldsOf = ({ type, id: ackId, data, ...path }: Packet | TheirPacket) =>
  plain({ type, ackId, data, path: "nsp" in path ? path.nsp : path.namespace });

describe("packets, against socket.io's own parser", () => {
  it("that we encode are those it decodes", () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const messages = encodePacket(packet);
        // Beyond ten attachments it refuses, and so do we.
        fc.pre(messages.length <= 11);
        const decoded: TheirPacket[] = [];
        const decoder = new Decoder();
        decoder.on("decoded", (theirs: TheirPacket) => decoded.push(theirs));
        for (const message of messages)
          decoder.add(typeof message === "string" ? message : Buffer.from(message));
        expect(decoded.map(fieldsOf)).toEqual([fieldsOf(packet)]);
      }),
      { seed },
    );
  });

  it("that it encodes are those we decode", () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const { namespace: nsp, ...rest } = packet;
        const messages = new Encoder().encode({ ...rest, nsp } as TheirPacket) as EnginePacket[];
        fc.pre(messages.length <= 11);
        const decode = createDecoder();
        const decoded = messages.map((message) => decode(message));
        expect(decoded.slice(0, -1).every((nothing) => nothing === undefined)).toBe(true);
        expect(fieldsOf(decoded.at(-1)!)).toEqual(fieldsOf(packet));
      }),
      { seed },
    );
  });
});

it("what is sent is left as it was", () => {
  const data = ["say", { data: new Uint8Array([1]), list: [new Uint8Array([2])] }];
  const before = structuredClone(data);
  encodePacket({ type: PACKET.event, namespace: "/", data });
  expect(data).toEqual(before);
});

describe("no packet", () => {
  it.each([
    [""],
    ["x"],
    ["7"],
    ["2"],
    ["2{}"],
    ["2[]"],
    ["2[1]"],
    ['2["cut'],
    ["3[1]"],
    ["31"],
    ["5[]"],
    ['50-["x"]'],
    ['511-["x"]'],
    ['21-["x"]'],
    ["6-[]"],
  ])("is %j", (text) => {
    expect(() => createDecoder()(text)).toThrow();
  });

  it("are bytes that belong to none, and text while bytes are awaited", () => {
    expect(() => createDecoder()(new Uint8Array([1]))).toThrow();
    const decode = createDecoder();
    expect(decode('51-["x",{"_placeholder":true,"num":0}]')).toBeUndefined();
    expect(() => decode('2["y"]')).toThrow();
  });
});
