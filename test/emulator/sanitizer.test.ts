import fc from "fast-check";
import { expect, test } from "vitest";
import { createSanitizer, type SanitizerOptions } from "../../sdk/emulator/sanitizer.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { tokens } from "./stream-grammar.ts";
import { bytesOf, chunked, randomFrom } from "./terminals.ts";

function sanitise(chunks: readonly Uint8Array[], options: SanitizerOptions = {}): Uint8Array {
  const sanitizer = createSanitizer(options);
  return new Uint8Array(Buffer.concat([...chunks.map((chunk) => sanitizer.push(chunk)), sanitizer.flush()]));
}

function text(input: string | Uint8Array, options: SanitizerOptions = {}): string {
  return Buffer.from(sanitise([typeof input === "string" ? bytesOf(input) : input], options)).toString();
}

function cut(bytes: Uint8Array, seed: number, longest: number): Uint8Array[] {
  const random = randomFrom(seed);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(random() * longest);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

const hostileBytes = fc.array(
  fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 255 }), weight: 3 },
    { arbitrary: fc.constantFrom(0x1b, 0x5b, 0x9b, 0xc2, 0x5d, 0x3b), weight: 2 },
    { arbitrary: fc.integer({ min: 0x30, max: 0x39 }), weight: 4 },
    { arbitrary: fc.constantFrom(..."STLMIZXbmHh").map((c) => c.charCodeAt(0)), weight: 1 },
  ),
  { maxLength: 400, size: "max" },
);

test("the length is preserved for every input and chunking, and little is held", () => {
  fc.assert(
    fc.property(hostileBytes, fc.nat(), fc.integer({ min: 1, max: 90 }), (values, seed, longest) => {
      const bytes = new Uint8Array(values);
      const sanitizer = createSanitizer({ maxStringBytes: 50 });
      let out = 0;
      let fed = 0;
      for (const chunk of cut(bytes, seed, longest)) {
        out += sanitizer.push(chunk).length;
        fed += chunk.length;
        expect(sanitizer.heldBytes).toBeLessThanOrEqual(64);
        expect(out + sanitizer.heldBytes).toBe(fed);
        if (seed % 3 === 0 && fed % 5 === 0) out += sanitizer.flush().length;
      }
      expect(out + sanitizer.flush().length).toBe(bytes.length);
      expect(sanitizer.heldBytes).toBe(0);
    }),
    fuzzing(500),
  );
});

test("what comes out is UTF-8 and passes a second time unchanged", () => {
  fc.assert(
    fc.property(hostileBytes, fc.nat(), fc.integer({ min: 1, max: 90 }), (values, seed, longest) => {
      const once = sanitise(cut(new Uint8Array(values), seed, longest));
      expect(Buffer.from(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(once))).toEqual(
        Buffer.from(once),
      );
      expect(sanitise([once])).toEqual(once);
    }),
    fuzzing(300),
  );
});

test("clean streams pass byte for byte, in any chunking", () => {
  fc.assert(
    fc.property(tokens(40), fc.nat(), fc.integer({ min: 1, max: 40 }), (stream, seed, longest) => {
      // Counts over the screen are clamped, which is not what is asked here.
      const bytes = bytesOf(stream.join("").replace(/(?<=\[)(80|999)(?=[@PXLMSTIZb])/g, "7"));
      expect(sanitise(cut(bytes, seed, longest))).toEqual(bytes);
    }),
    fuzzing(300),
  );
});

test("what is clean is not copied", () => {
  const bytes = bytesOf("plain \x1b[31mred\x1b[0m 漢字\r\n");
  expect(createSanitizer().push(bytes).buffer).toBe(bytes.buffer);
});

test.each([
  ["\x1b[2147483647S", "\x1b[0000001000S"],
  ["\x1b[2147483647;99999H", "\x1b[0000009999;09999H"],
  ["\x1b[?77096h", "\x1b[?09999h"],
  ["\x1b[38;2;300;1000;12345m", "\x1b[38;2;300;1000;09999m"],
  ["\x1b[58:2::99999:1:1m", "\x1b[58:2::09999:1:1m"],
  ["a\x1b[99999b", "a\x1b[01000b"],
  ["\x1b[0000000007S", "\x1b[0000000007S"],
  ["\u009b50000L", "\u009b01000L"],
])("numbers too large become zero-padded smaller ones: %j", (input, expected) => {
  expect(text(input)).toBe(expected);
});

test("a count is clamped to the size of the terminal, which changes nothing one can see", () => {
  const options = { cols: 80, rows: 24 };
  expect(text("\x1b[999S\x1b[999T\x1b[999L\x1b[999M", options)).toBe("\x1b[024S\x1b[024T\x1b[024L\x1b[024M");
  expect(text("\x1b[999I\x1b[999X\x1b[999@\x1b[999P", options)).toBe("\x1b[080I\x1b[080X\x1b[080@\x1b[080P");
  expect(text("\x1b[999C\x1b[999;999H\x1b[ 999@", options)).toBe("\x1b[999C\x1b[999;999H\x1b[ 999@");
  const sanitizer = createSanitizer(options);
  sanitizer.resize(100, 50);
  expect(Buffer.from(sanitizer.push(bytesOf("\x1b[99S"))).toString()).toBe("\x1b[50S");
});

test("a number is clamped although control characters and byte order marks interrupt it", () => {
  expect(text("\x1b[21\n474\x00836\uFEFF47S")).toBe("\x1b[00\n000\x00010\uFEFF00S");
});

test("a number is clamped although it comes in pieces", () => {
  const pieces = [..."\x1b[2147483647S"].map(bytesOf);
  expect(Buffer.from(sanitise(pieces)).toString()).toBe("\x1b[0000001000S");
});

test("a number that was released by the timer cannot grow on", () => {
  const sanitizer = createSanitizer({ cols: 80, rows: 24 });
  const out = [sanitizer.push(bytesOf("\x1b[99")), sanitizer.flush(), sanitizer.push(bytesOf("999999S"))];
  // Of the count over the screen's rows only the final byte is left to cancel.
  expect(Buffer.concat(out).toString()).toBe("\x1b[999\0\0\0\0\0\x18");
});

test("a mode that was released by the timer stays the mode it is", () => {
  const sanitizer = createSanitizer();
  const out = [sanitizer.push(bytesOf("\x1b[?200")), sanitizer.flush(), sanitizer.push(bytesOf("4h"))];
  expect(Buffer.concat(out).toString()).toBe("\x1b[?2004h");
});

test("a colour sequence longer than what may be held passes in pieces", () => {
  const long = `\x1b[${Array.from({ length: 40 }, (_, i) => i * 6).join(";")}m`;
  expect(Buffer.from(sanitise(cut(bytesOf(long), 1, 5))).toString()).toBe(long);
});

test.each([
  [[0xff, 0x41], "?A"],
  [[0xc0, 0x80], "??"],
  [[0xed, 0xa0, 0x80], "???"],
  [[0xf4, 0x90, 0x80, 0x80], "????"],
  [[0xe2, 0x82, 0x41], "??A"],
  [[0x9b, 0x33, 0x31, 0x6d], "?31m"],
  [[0xe6, 0xbc], "??"],
])("bytes that are not UTF-8 become question marks: %j", (bytes, expected) => {
  expect(text(new Uint8Array(bytes))).toBe(expected);
});

test("a character in three chunks comes out whole", () => {
  const sanitizer = createSanitizer();
  const [a, b, c] = bytesOf("“");
  expect(sanitizer.push(new Uint8Array([a!])).length).toBe(0);
  expect(sanitizer.push(new Uint8Array([b!])).length).toBe(0);
  expect(sanitizer.heldBytes).toBe(2);
  expect(Buffer.from(sanitizer.push(new Uint8Array([c!]))).toString()).toBe("“");
});

test.each([
  ["\x1b]0;", "\x07"],
  ["\x1bPq", "\x1b\\"],
  ["\x1b_G", "\x1b\\"],
  ["\x1b^", "\x1b\\"],
  ["\u009d2;", "\u009c"],
])("a string over its bound is closed in place and swallowed to its end: %j", (begin, end) => {
  const out = text(`${begin}${"x".repeat(100)}${end}after`, { maxStringBytes: 20 });
  const closed = out.indexOf("\x18");
  expect(Buffer.byteLength(out.slice(0, closed))).toBe(20);
  expect(
    out
      .slice(closed + 1)
      .replaceAll("\0", "")
      .replace("\x1b\\", ""),
  ).toBe("after");
});

test("a string that just fits passes with its terminator", () => {
  const fitting = `\x1b]0;${"x".repeat(16)}\x07`;
  expect(text(fitting, { maxStringBytes: 20 })).toBe(fitting);
});

test("a sequence without an end is cancelled", () => {
  expect(text(`\x1b[${"1;".repeat(100)}`, { maxStringBytes: 20 })).toContain("\x18");
});

test("more combining characters than text ever has are dropped, in place", () => {
  const out = text(`a${"\u0301".repeat(500)}b`);
  expect(out.match(/\u0301/g)?.length).toBe(60);
  expect(Buffer.byteLength(out)).toBe(1 + 1000 + 1);
  expect(out.endsWith("\0b")).toBe(true);
});

test("chunks may be cut anywhere: what comes out does not depend on it", () => {
  fc.assert(
    fc.property(hostileBytes, fc.nat(), (values, seed) => {
      const bytes = new Uint8Array(values);
      const whole = sanitise([bytes]);
      // Sequences of up to 64 bytes; longer ones are released early.
      const latin = Buffer.from(bytes).toString("latin1");
      const sequences = latin.replaceAll("\x9b", "\x1b").split("\x1b");
      fc.pre(sequences.slice(1).every((sequence) => sequence.length < 60));
      expect(sanitise(cut(bytes, seed, 9))).toEqual(whole);
    }),
    fuzzing(300),
  );
  expect(chunked(bytesOf("漢字"), () => 0, 1).length).toBe(2);
});
