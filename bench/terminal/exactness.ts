import { SerializeAddon } from "@xterm/addon-serialize";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { createSanitizer } from "../../sdk/emulator/sanitizer.ts";
import { characterBoundary } from "../../sdk/emulator/utf8-character.ts";
import { missingPrograms, type Recording, recordAll } from "../../test/emulator/recordings.ts";
import { dumpState, type Terminal } from "../../test/emulator/state-dump.ts";
import { createTerminal, differences, randomFrom, screenOf, written } from "../../test/emulator/terminals.ts";
import { report } from "../report.ts";

/*
 * A viewer comes back at random points of what real programs print, and gets its screen by one of three ways: the end
 * of the output, the serialize addon of xterm.js, a snapshot of Holdfast. Whether it shows what the source shows, at
 * once and once the program has ended.
 */
const SEED = Number(process.env["SEED"] ?? 20_261_121);
const POINTS = Number(process.env["POINTS"] ?? 60);
/** What the first way keeps. The recordings are short; somebody who keeps more is wrong later, not less. */
const TAIL_BYTES = 16_384;
const HISTORY = 1_000;

type Way = "tail" | "addon" | "holdfast";
const WAYS: Readonly<Record<Way, string>> = {
  tail: `tail replay, the last ${TAIL_BYTES / 1_024} KiB`,
  addon: "@xterm/addon-serialize 0.14.0",
  holdfast: "Holdfast",
};

interface Tally {
  points: number;
  /** The text on the screen, the cursor's place or which buffer it is differ. */
  visible: number;
  /** Anything: history, colours, modes, margins, saved cursors, charsets, tabs, title. */
  state: number;
  /** Any of it, after the rest of the stream. */
  later: number;
}

function unlike(source: Terminal, viewer: Terminal): readonly string[] {
  // A blinking cursor is the user's choice until a program makes one.
  const found = differences(dumpState(source, HISTORY), dumpState(viewer, HISTORY));
  return found.filter((path) => !path.startsWith(".visible.cursorBlink"));
}

function sanitised(recording: Recording): Uint8Array {
  const sanitizer = createSanitizer(recording);
  const pieces = recording.chunks.map((chunk) => sanitizer.push(chunk));
  return new Uint8Array(Buffer.concat([...pieces, sanitizer.flush()]));
}

function picture(terminal: Terminal): string {
  const { type, cursorX, cursorY } = terminal.buffer.active;
  return [type, cursorX, cursorY, ...screenOf(terminal)].join("\n");
}

async function judge(recording: Recording, random: () => number): Promise<Record<Way, Tally>> {
  const bytes = sanitised(recording);
  const tally = (): Tally => ({ points: 0, visible: 0, state: 0, later: 0 });
  const tallies = { tail: tally(), addon: tally(), holdfast: tally() };
  const points = Array.from({ length: POINTS }, () =>
    characterBoundary(bytes, 1 + Math.floor(random() * (bytes.length - 1))),
  ).sort((a, b) => a - b);
  const source = createTerminal(recording, HISTORY);
  const whole = createTerminal(recording, HISTORY);
  await written(whole, bytes);
  const addon = new SerializeAddon();
  source.loadAddon(addon);
  const mirror = createMirror({ ...recording, scrollback: HISTORY });
  let at = 0;
  for (const point of points) {
    await Promise.all([written(source, bytes.subarray(at, point)), mirror.write(bytes.subarray(at, point))]);
    at = point;
    const screens: Record<Way, string | Uint8Array | undefined> = {
      tail: point > TAIL_BYTES ? bytes.subarray(point - TAIL_BYTES, point) : undefined,
      addon: addon.serialize({ scrollback: HISTORY }),
      holdfast: (await mirror.snapshot({ historyLines: HISTORY })).data,
    };
    for (const [way, screen] of Object.entries(screens)) {
      if (screen === undefined) continue;
      // Keys of an object literal.
      const counts = tallies[way as Way];
      const viewer = createTerminal(recording, HISTORY);
      await written(viewer, screen);
      counts.points += 1;
      counts.visible += picture(source) === picture(viewer) ? 0 : 1;
      counts.state += unlike(source, viewer).length > 0 ? 1 : 0;
      await written(viewer, bytes.subarray(point));
      counts.later += unlike(whole, viewer).length > 0 ? 1 : 0;
      viewer.dispose();
    }
  }
  mirror.dispose();
  return tallies;
}

if (missingPrograms.length > 0) console.log(`not installed: ${missingPrograms.join(", ")}`);
console.log(`SEED=${SEED}`);
const recordings = await recordAll();
const random = randomFrom(SEED);
const rows: string[][] = [];
const sums = new Map<Way, Tally>();
const cells = ({ points, visible, state, later }: Tally): string[] =>
  points === 0 ? ["–", "–", "–", "–"] : [points, visible, state, later].map(String);
for (const recording of recordings) {
  const tallies = await judge(recording, random);
  for (const way of ["tail", "addon", "holdfast"] as const) {
    const one = tallies[way];
    const sum = sums.get(way) ?? { points: 0, visible: 0, state: 0, later: 0 };
    sums.set(way, sum);
    for (const key of ["points", "visible", "state", "later"] as const) sum[key] += one[key];
    rows.push([
      `${recording.name}, ${Math.round(recording.bytes.length / 1_000)} KB`,
      WAYS[way],
      ...cells(one),
    ]);
  }
}
for (const [way, sum] of sums) rows.push(["all", WAYS[way], ...cells(sum)]);
const ours = sums.get("holdfast");
report("terminal-exactness", [
  {
    title: "Coming back at random points of real programs: how often the screen is wrong",
    columns: [
      "program",
      "way",
      "points",
      "screen or cursor wrong",
      "anything wrong",
      "wrong at the program's end",
    ],
    rows,
    reaches: [
      { what: "Holdfast, state wrong", value: ours?.state ?? Number.NaN, atMost: 0, unit: "" },
      { what: "Holdfast, wrong at the end", value: ours?.later ?? Number.NaN, atMost: 0, unit: "" },
    ],
  },
]);
process.exit();
