import { afterAll, beforeAll, expect, test } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { createSanitizer } from "../../sdk/emulator/sanitizer.ts";
import { runs, seed } from "./fuzz-settings.ts";
import { missingPrograms, type Recording, recordAll } from "./recordings.ts";
import { dumpState, type Terminal } from "./state-dump.ts";
import { chunked, createTerminal, differences, randomFrom, written } from "./terminals.ts";

/** States of a viewer's terminal when the snapshot reaches it. Some end in the middle of a sequence or string. */
const dirts = [
  "",
  "\x1b[?25l\x1b[?1049h\x1b[5;9r\x1b[?6h\x1b(0\x0e",
  "text\x1b]0;an unfinished title",
  "\x1b[20h\x1b[4h\x1b[?7l\x1b[?1003h\x1b[?2004h\x1b[3g\x1b[41m\x1bP$q",
];
const longestChunks = [1 << 20, 4096, 7];
const points = runs(30);

let recordings: Recording[] = [];
const totals = { points: 0, wrongThen: 0, wrongLater: 0, largest: 0 };

beforeAll(async () => {
  if (missingPrograms.length > 0)
    console.log(`not installed, so not recorded: ${missingPrograms.join(", ")}`);
  recordings = await recordAll();
  console.log(
    `recorded ${recordings.map(({ name, bytes }) => `${name} (${bytes.length} bytes)`).join(", ")}`,
  );
});

afterAll(() => {
  console.log(`snapshots of real programs: ${JSON.stringify(totals)}`);
});

function sanitised(recording: Recording): Uint8Array {
  const sanitizer = createSanitizer(recording);
  return new Uint8Array(
    Buffer.concat([...recording.chunks.map((chunk) => sanitizer.push(chunk)), sanitizer.flush()]),
  );
}

function compare(source: Terminal, viewer: Terminal): string[] {
  // The mirror leaves the user's choice of a blinking cursor alone until a program makes one.
  return differences(dumpState(source), dumpState(viewer)).filter(
    (path) => !path.startsWith(".visible.cursorBlink"),
  );
}

test("a snapshot of a real program at any point restores it, then and after all that follows", async () => {
  const random = randomFrom(seed);
  for (const recording of recordings) {
    const bytes = sanitised(recording);
    const whole = createTerminal(recording);
    await written(whole, bytes);
    for (const longest of longestChunks) {
      const source = createTerminal(recording);
      const mirror = createMirror(recording);
      const stops = new Set(Array.from({ length: points }, () => Math.floor(random() * bytes.length)));
      for (const chunk of withStops(bytes, stops, random, longest)) {
        source.write(chunk.bytes);
        const parsed = mirror.write(chunk.bytes);
        if (!chunk.isStop) continue;
        await Promise.all([parsed, written(source, "")]);
        const viewer = createTerminal(recording);
        const label = `${recording.name} at ${chunk.end} in chunks of ${longest}`;
        // Not waited for: the snapshot has to work behind queued writes.
        viewer.write(dirts[totals.points % dirts.length]!);
        const { data } = await mirror.snapshot({ historyLines: 10_000 });
        await written(viewer, data);
        const then = compare(source, viewer);
        await written(viewer, bytes.subarray(chunk.end));
        const later = compare(whole, viewer);
        totals.points += 1;
        totals.largest = Math.max(totals.largest, data.length);
        if (then.length > 0) totals.wrongThen += 1;
        if (later.length > 0) totals.wrongLater += 1;
        expect(then, label).toEqual([]);
        expect(later, `${label}, at the end`).toEqual([]);
        viewer.dispose();
      }
      mirror.dispose();
      source.dispose();
    }
    whole.dispose();
  }
  expect(totals.points).toBeGreaterThan(0);
});

test("a viewer with little history has the screen and the history it asked for", async () => {
  for (const recording of recordings) {
    const bytes = sanitised(recording);
    const source = createTerminal(recording);
    const mirror = createMirror(recording);
    const half = bytes.subarray(0, characterStart(bytes, bytes.length >> 1));
    await Promise.all([written(source, half), mirror.write(half)]);
    for (const historyLines of [0, 10]) {
      const viewer = createTerminal(recording);
      await written(viewer, (await mirror.snapshot({ historyLines })).data);
      const [left, right] = [dumpState(source, historyLines), dumpState(viewer, historyLines)];
      expect(differences(left, right).filter((path) => !path.startsWith(".visible.cursorBlink"))).toEqual([]);
      viewer.dispose();
    }
    mirror.dispose();
    source.dispose();
  }
});

test("what real programs print passes the sanitiser untouched", () => {
  const random = randomFrom(seed);
  for (const { name, cols, rows, bytes } of recordings) {
    const sanitizer = createSanitizer({ cols, rows });
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() * 300);
      out.push(sanitizer.push(bytes.subarray(at, end)));
      at = end;
    }
    expect(Buffer.compare(Buffer.concat([...out, sanitizer.flush()]), bytes), name).toBe(0);
  }
});

function characterStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}

/** The whole of `bytes` in random chunks that also end at every stop. */
function* withStops(bytes: Uint8Array, stops: ReadonlySet<number>, random: () => number, longest: number) {
  let from = 0;
  for (const stop of [...stops].map((at) => characterStart(bytes, at)).sort((a, b) => a - b)) {
    let end = from;
    for (const chunk of chunked(bytes.subarray(from, stop), random, longest)) {
      end += chunk.length;
      yield { bytes: chunk, end, isStop: end === stop };
    }
    from = stop;
  }
  yield { bytes: bytes.subarray(from), end: bytes.length, isStop: true };
}
