import { expect, test } from "vitest";
import { createMirror, type MirrorOptions } from "../../sdk/emulator/mirror.ts";
import { createSkimmingMirror } from "../../sdk/emulator/skimming-mirror.ts";
import { mirrorConformance, screenFrom } from "./mirror-conformance.ts";
import { bytesOf } from "./terminals.ts";

const size = { cols: 20, rows: 5 };

// In the shortest slices, so that there is always something that waits.
mirrorConformance("this thread", (beginning) => createMirror({ ...beginning, sliceMs: 0 }));
mirrorConformance("this thread that skims", (beginning) =>
  createSkimmingMirror(createMirror({ ...beginning, sliceMs: 0 }), { scrollback: 1_000 }),
);

test("long output is parsed in slices that let others have their turn", async () => {
  let time = 0;
  // Every look at the clock finds 5 ms gone.
  const mirror = createMirror({ ...size, sliceMs: 8, now: () => (time += 5) });
  let turns = 0;
  let isDone = false;
  const count = () => {
    if (isDone) return;
    turns += 1;
    setTimeout(count, 0);
  };
  setTimeout(count, 0);
  await mirror.write(bytesOf("line\r\n".repeat(20_000)));
  isDone = true;
  expect(turns).toBeGreaterThan(5);
  mirror.dispose();
});

const failing: Pick<MirrorOptions, "prepare"> = {
  prepare: (terminal) => {
    terminal.parser.registerOscHandler(9999, () => {
      throw new Error("a fault of the emulator");
    });
  },
};

test("an emulator that throws is rebuilt from what it showed, says so, and goes on", async () => {
  const errors: unknown[] = [];
  const mirror = createMirror({
    ...size,
    ...failing,
    onError: (error, offset) => errors.push(String(error), offset),
  });
  await mirror.write(bytesOf("before\r\n\x1b[1m"));
  await mirror.write(bytesOf("kept \x1b]9999;x\x07lost"));
  expect(errors).toEqual(["Error: a fault of the emulator", 12]);
  await mirror.write(bytesOf("\r\nafter"));
  expect(await screenFrom(mirror)).toEqual(["before", "kept", "after", "", ""]);
  expect(mirror.offset).toBe(12 + bytesOf("kept \x1b]9999;x\x07lost\r\nafter").length);
  mirror.dispose();
});
