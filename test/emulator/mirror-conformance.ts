import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MirrorOptions } from "../../sdk/emulator/mirror.ts";
import type { Mirror } from "../../sdk/emulator/mirror-contract.ts";
import { createSanitizer } from "../../sdk/emulator/sanitizer.ts";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { dumpState } from "./state-dump.ts";
import { sizes, tokensWithoutLinks } from "./stream-grammar.ts";
import { bytesOf, createTerminal, differences, feed, paletteOf, screenOf } from "./terminals.ts";

type Beginning = Pick<MirrorOptions, "cols" | "rows" | "offset" | "onReply" | "onError">;

const size = { cols: 20, rows: 5 };
const all = { historyLines: 10_000 };

export async function screenFrom(mirror: Mirror): Promise<string[]> {
  const { cols, rows, data } = await mirror.snapshot(all);
  const viewer = createTerminal({ cols, rows });
  feed(viewer, data);
  return screenOf(viewer);
}

/** What every mirror does, in this thread or another. */
export function mirrorConformance(where: string, create: (beginning: Beginning) => Mirror): void {
  describe(`a mirror in ${where}`, () => {
    test("writes and resizes take effect in the order they were made", async () => {
      await fc.assert(
        fc.asyncProperty(
          sizes,
          fc.array(
            fc.oneof(
              sizes,
              tokensWithoutLinks(6).map((list) => list.join("")),
            ),
            { maxLength: 12, size: "max" },
          ),
          async (first, steps) => {
            const mirror = create(first);
            const source = createTerminal(first);
            const done: Promise<void>[] = [];
            for (const step of steps) {
              done.push(
                typeof step === "string" ? mirror.write(bytesOf(step)) : mirror.resize(step.cols, step.rows),
              );
              if (typeof step === "string") feed(source, step);
              else source.resize(step.cols, step.rows);
            }
            await Promise.all(done);
            const { cols, rows, data } = await mirror.snapshot(all);
            const expected = createTerminal({ cols: source.cols, rows: source.rows });
            const viewer = createTerminal({ cols, rows });
            feed(expected, exactSnapshot(source));
            feed(viewer, data);
            const found = differences(dumpState(expected), dumpState(viewer));
            expect(found.filter((path) => !path.includes("cursorBlink"))).toEqual([]);
            mirror.dispose();
          },
        ),
        fuzzing(40),
      );
    });

    test("a character may be cut between writes, and is not lost", async () => {
      const mirror = create(size);
      const bytes = bytesOf("a“─😀z");
      for (const byte of bytes) await mirror.write(new Uint8Array([byte]));
      expect(mirror.offset).toBe(bytes.length);
      expect((await screenFrom(mirror))[0]).toBe("a“─😀z");
      mirror.dispose();
    });

    test("the offset counts what is parsed, from where it began", async () => {
      const mirror = create({ ...size, offset: 1_000 });
      await mirror.write(bytesOf("abc"));
      expect(mirror.offset).toBe(1_003);
      await mirror.write(new Uint8Array([0xe2, 0x80]));
      expect((await mirror.snapshot(all)).offset).toBe(1_003);
      mirror.dispose();
    });

    test("colours that programs set are part of the snapshot, and restored with it", async () => {
      const mirror = create(size);
      await mirror.write(
        bytesOf("\x1b]4;1;rgb:12/34/56;200;#fff\x07\x1b]11;#102030\x07\x1b]4;9;#000\x07\x1b]104;9\x07"),
      );
      const other = create(size);
      await other.restore(await mirror.snapshot(all));
      const viewer = createTerminal(size);
      const palette = paletteOf(viewer);
      feed(viewer, "\x1b]12;#123456\x07\x1b]4;7;#777\x07");
      feed(viewer, (await other.snapshot(all)).data);
      expect([...palette.colors].sort(([a], [b]) => a - b)).toEqual([
        [1, [0x12, 0x34, 0x56]],
        [200, [0xf0, 0xf0, 0xf0]],
        [257, [0x10, 0x20, 0x30]],
      ]);
    });

    test("whether the cursor blinks is the user's choice until a program makes one", async () => {
      const mirror = create(size);
      const viewer = createTerminal(size);
      viewer.options.cursorBlink = true;
      feed(viewer, (await mirror.snapshot(all)).data);
      expect(viewer.options.cursorBlink).toBe(true);
      await mirror.write(bytesOf("\x1b[?12l"));
      feed(viewer, (await mirror.snapshot(all)).data);
      expect(viewer.options.cursorBlink).toBe(false);
    });

    test("a restored mirror goes on like the one the snapshot is of", async () => {
      const mirror = create(size);
      await mirror.write(bytesOf("one\r\n\x1b[31mtwo\x1b[?1049hthree"));
      const other = create({ cols: 7, rows: 2 });
      await other.write(bytesOf("\x1b]0;unfinished"));
      await other.restore(await mirror.snapshot(all));
      expect([other.cols, other.rows, other.offset]).toEqual([20, 5, mirror.offset]);
      for (const one of [mirror, other]) await one.write(bytesOf(" four\x1b[?1049l five"));
      expect((await other.snapshot(all)).data).toBe((await mirror.snapshot(all)).data);
    });

    test("a disposed mirror rejects what waits and what comes", async () => {
      const mirror = create(size);
      const waiting = mirror.write(bytesOf("\x1b7x".repeat(50_000)));
      mirror.dispose();
      await expect(waiting).rejects.toThrow("disposed");
      await expect(mirror.write(bytesOf("x"))).rejects.toThrow("disposed");
    });

    test("noise, made harmless, leaves a mirror that works", async () => {
      const errors: unknown[] = [];
      const mirror = create({ cols: 80, rows: 24, onError: (error) => errors.push(error) });
      const sanitizer = createSanitizer({ cols: 80, rows: 24 });
      await mirror.write(sanitizer.push(randomBytes(2_000_000)));
      await mirror.write(sanitizer.flush());
      await mirror.write(bytesOf("\x18\x1bcfine"));
      expect((await screenFrom(mirror))[0]).toBe("fine");
      expect(errors).toEqual([]);
      mirror.dispose();
    });

    test("a terminal of one column is one: the emulator, which has no such, gets two", async () => {
      const mirror = create({ cols: 1, rows: 1 });
      await mirror.resize(1, 2);
      expect((await mirror.snapshot(all)).cols).toBe(1);
      mirror.dispose();
    });

    test("queries are answered in order, each before the write that asked is done, a restored state's never", async () => {
      const replies: string[] = [];
      const mirror = create({ ...size, onReply: (reply) => replies.push(reply) });
      await mirror.restore({ offset: 0, ...size, data: "\x1b[c" });
      await mirror.write(bytesOf("ab\x1b[6n\x1b[5n"));
      expect(replies).toEqual(["\x1b[1;3R", "\x1b[0n"]);
      mirror.dispose();
    });
  });
}
