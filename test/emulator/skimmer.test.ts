import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHeadlessEmulator } from "../../sdk/emulator/headless-emulator.ts";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { createSkimmer } from "../../sdk/emulator/skimmer.ts";
import { createSkimmingMirror } from "../../sdk/emulator/skimming-mirror.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { tokensWithoutLinks } from "./stream-grammar.ts";
import { bytesOf, chunked, randomFrom } from "./terminals.ts";

const size = { cols: 20, rows: 5, scrollback: 20 };
/** What a skimmer keeps at least. */
const LINES = 600;

const pens = [
  "\x1b[m",
  "\x1b[0;7m",
  "\x1b[31m",
  "\x1b[1;44m",
  "\x1b[4:3m",
  "\x1b[58:5:9m",
  "\x1b[38;2;1;2;3m",
];
const words = [
  "a",
  "plain ",
  "漢字",
  "é",
  "\t",
  "\r",
  "\n",
  "\x1b[K",
  "\x1b[1K",
  "\x1b[3\x1b[32m",
  "\x1b\x1b[m",
];
const plainWord = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...pens));

/** More lines than are kept, out of a few random ones. */
const flood = fc
  .tuple(
    fc.array(fc.array(plainWord, { maxLength: 8 }), { minLength: 1, maxLength: 7 }),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([lines, times]) => {
    const texts = lines.map((line) => `${line.join("")}\r\n`);
    return Array.from({ length: times * LINES }, (_, n) => texts[n % texts.length]).join("");
  });
const streams = fc.array(
  fc.oneof(
    flood,
    flood,
    tokensWithoutLinks(12).map((list) => list.join("")),
  ),
  {
    minLength: 1,
    maxLength: 5,
  },
);

test("a mirror that skims has the same state as an emulator that parsed everything", async () => {
  await fc.assert(
    fc.asyncProperty(streams, fc.integer(), async (parts, chunking) => {
      const mirror = createSkimmingMirror(createMirror(size), size);
      const source = createHeadlessEmulator(size);
      const random = randomFrom(chunking);
      for (const part of parts) {
        const bytes = bytesOf(part);
        for (const chunk of chunked(bytes, random, 3_000)) await mirror.write(chunk);
        source.parse(bytes);
        // Looked at between two floods, or only later.
        if (random() < 0.5) continue;
        const { data } = await mirror.snapshot({ historyLines: 100 });
        expect(data).toBe(source.snapshot(100));
      }
      const { data } = await mirror.snapshot({ historyLines: 100 });
      expect(data).toBe(source.snapshot(100));
      mirror.dispose();
      source.dispose();
    }),
    fuzzing(60),
  );
});

describe("a skimmer", () => {
  const skimmed = (text: string, chunkBytes: number): string => {
    const skimmer = createSkimmer(size.scrollback);
    skimmer.restart(true, size.rows);
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      expect(skimmer.take(bytes.subarray(at, at + chunkBytes))).toBe(true);
    }
    let left = "";
    for (let part = skimmer.shift(); part; part = skimmer.shift()) left += new TextDecoder().decode(part);
    return left;
  };

  test("keeps of a flood the lines that can still be seen", () => {
    const left = skimmed("\x1b[31mred\x1b[1m bold\x1b[m\r\n".repeat(10_000), 1_000);
    expect(left.split("\n").length).toBeGreaterThan(LINES);
    expect(left.split("\n").length).toBeLessThan(LINES + 200);
  });

  test("drops what is old however short the pieces are", () => {
    const text = "\x1b[31mred\x1b[m and plain\r\n".repeat(5_000);
    expect(skimmed(text, 5).split("\n").length).toBeLessThan(LINES + 10);
  });

  test("tells the pen again, from the last reset on", () => {
    const left = skimmed(`\x1b[1m\x1b[0;31m\x1b[4m${"text\r\n".repeat(2_000)}`, 900);
    expect(left.startsWith("\x18\r\x1b[0;31m\x1b[4mtext\r\n")).toBe(true);
  });

  test("drops nothing while the pen is made of too many sequences", () => {
    const text = `${"\x1b[1m".repeat(100)}${"text\r\n".repeat(2_000)}`;
    expect(skimmed(text, 900)).toBe(text);
  });

  test("drops nothing without CR LF, after which alone the column is known", () => {
    const text = "text\n".repeat(2_000);
    expect(skimmed(text, 900)).toBe(text);
  });

  test.each(["\b", "\x07", "\x0e", "\x1b7", "\x1b[H", "\x1b[?7l", "\x1b]0;", "\u0085", "\x7f", "\x1b[3\n"])(
    "takes no %j",
    (text) => {
      const skimmer = createSkimmer(size.scrollback);
      skimmer.restart(true, size.rows);
      expect(skimmer.take(bytesOf(`before${text}after`))).toBe(false);
      expect(skimmer.isEmpty).toBe(true);
    },
  );

  test.each(["\x1b[3\x1b[32m", "\x1b\x1b[m", "\x1b[1;31m", "\x1b[K", "é漢🎉"])(
    "takes %j in any two parts",
    (text) => {
      const bytes = bytesOf(text);
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        if ((bytes[cut] ?? 0) >> 6 === 2) continue;
        const skimmer = createSkimmer(size.scrollback);
        skimmer.restart(true, size.rows);
        expect(skimmer.take(bytes.subarray(0, cut))).toBe(true);
        expect(skimmer.take(bytes.subarray(cut))).toBe(true);
      }
    },
  );

  test("takes nothing where the emulator is in a state of its own", () => {
    const skimmer = createSkimmer(size.scrollback);
    skimmer.restart(false, size.rows);
    expect(skimmer.take(bytesOf("text"))).toBe(false);
  });

  test("holds back 512 KiB at most", () => {
    const skimmer = createSkimmer(size.scrollback);
    skimmer.restart(true, size.rows);
    const line = bytesOf("x".repeat(64 * 1_024));
    for (let kept = 0; kept < 8; kept += 1) expect(skimmer.take(line)).toBe(true);
    expect(skimmer.take(line)).toBe(false);
    expect(skimmer.shift()).toBe(line);
    expect(skimmer.take(line)).toBe(true);
  });
});
