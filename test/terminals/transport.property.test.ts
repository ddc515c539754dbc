import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import { dumpState } from "../emulator/state-dump.ts";
import { seedOf } from "../store/seed.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createFixture, settle } from "./fixture.ts";
import { differences } from "./model/differences.ts";
import { createModelOwner } from "./model/model-owner.ts";
import { createModelViewer, type ModelViewer } from "./model/model-viewer.ts";

const ESC = "\x1b";
// In one go, so that a run is the same whatever else this machine does.
const emulator: Emulator = { createMirror: (start) => createMirror({ ...start, sliceMs: 60_000 }) };
const encoder = new TextEncoder();

// What programs print, tame: the exactness of snapshots themselves is the emulator's own test. What xterm.js keeps of
// a screen over a resize and never shows (a cursor saved below the screen or past its edge, the second half of a wide character that was
// wrapped anew) is no part of a snapshot, so there is a stream with resizes and one with everything else.
const plain = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcXYZ01 -|"), minLength: 1, maxLength: 60 }),
  fc.constantFrom("\r\n", "é", "“ж”", "\t", "\b", "\r"),
  fc.constantFrom(`${ESC}[31;1m`, `${ESC}[0m`, `${ESC}[48;5;17m`, `${ESC}[7m`, `${ESC}[4:3m`),
  fc.constantFrom(
    `${ESC}[?25l`,
    `${ESC}[?25h`,
    `${ESC}[?2004h`,
    `${ESC}]2;title${ESC}\\`,
    `${ESC}[2J`,
    `${ESC}[K`,
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }))
    .map(([y, x]) => `${ESC}[${y};${x}H`),
);
const fullScreen = fc.oneof(
  { weight: 4, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...["[?1047h", "[?1047l", "[2;5r", "[r", "[3L", "[?1000h", "[?1006h", "[?1l", "[?1h", "[4 q"].map(
        (rest) => ESC + rest,
      ),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("漢字", "é😀") },
);
const textOf = (piece: fc.Arbitrary<string>) =>
  fc.array(piece, { minLength: 1, maxLength: 20 }).map((pieces) => pieces.join(""));

const who = fc.nat({ max: 2 });
const opsOf = (text: fc.Arbitrary<string>, resizes: number) =>
  fc.oneof(
    {
      weight: 24,
      arbitrary: fc.record({
        op: fc.constant("print" as const),
        text,
        cuts: fc.array(fc.nat(400), { maxLength: 3 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant("flood" as const),
        text,
        times: fc.integer({ min: 10, max: 120 }),
      }),
    },
    {
      weight: 3 * resizes,
      arbitrary: fc.record({
        op: fc.constant("resize" as const),
        cols: fc.integer({ min: 10, max: 60 }),
        rows: fc.integer({ min: 3, max: 15 }),
      }),
    },
    {
      weight: 24,
      arbitrary: fc.record({ op: fc.constant("owner up" as const), count: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 12,
      arbitrary: fc.record({ op: fc.constant("owner down" as const), count: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 18,
      arbitrary: fc.record({
        op: fc.constant("viewer up" as const),
        who,
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 24,
      arbitrary: fc.record({
        op: fc.constant("viewer down" as const),
        who,
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 15, arbitrary: fc.record({ op: fc.constant("ack" as const), who }) },
    {
      weight: 9,
      arbitrary: fc.record({ op: fc.constant("cut viewer" as const), who, isNoticed: fc.boolean() }),
    },
    { weight: 9, arbitrary: fc.record({ op: fc.constant("connect viewer" as const), who }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("cut owner" as const), isNoticed: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ op: fc.constant("connect owner" as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("restart" as const) }) },
    {
      weight: 15,
      arbitrary: fc.record({
        op: fc.constant("time" as const),
        ms: fc.constantFrom(1, 4, 16, 100, 600, 2_000),
      }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("focus" as const), isFocused: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("block" as const), who }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("drain" as const), who }) },
    // In between, only what waits for nothing at all gets its turn.
    { weight: 45, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
  );
type Op = ReturnType<typeof opsOf> extends fc.Arbitrary<infer T> ? T : never;

interface Setup {
  readonly ringBytes: number;
  readonly encodes: "bytes" | "string";
  readonly hasEmulator: boolean;
  readonly ops: readonly Op[];
  readonly exits: boolean;
}

async function run({ ringBytes, encodes, hasEmulator, ops, exits }: Setup) {
  const clock = createManualClock();
  const newServer = (): ReturnType<typeof createFixture> =>
    createFixture({
      clock,
      ...(hasEmulator ? { emulator } : {}),
      // As much history as the models have: what a longer one holds back comes to light when lines are wrapped anew.
      limits: hasEmulator
        ? { ringBytes, deltaBytes: Math.min(ringBytes, 16 * 1024), mirrorLines: 1_000 }
        : {},
    });
  let server = newServer();
  const owner = createModelOwner(40, 10, encodes);
  const viewers: ModelViewer[] = [
    createModelViewer({ viewerId: "v0", watch: {} }),
    createModelViewer({ viewerId: "v1", watch: { encoding: "binary", window: 16 * 1024 } }),
    createModelViewer({ viewerId: "v2", watch: { priority: "auto", window: 16 * 1024 } }),
  ];
  const viewer = (index: number): ModelViewer => viewers[index]!;
  owner.connect(server);
  for (const each of viewers) each.connect(server);
  for (const { wire } of [owner, ...viewers]) {
    wire?.up(1);
    await settle();
    wire?.down(1);
  }

  const cutAll = (): void => {
    for (const { wire } of [owner, ...viewers]) {
      wire?.cut();
      wire?.noticed();
    }
  };

  async function apply(step: Op): Promise<void> {
    switch (step.op) {
      case "print": {
        const bytes = encoder.encode(step.text);
        const cuts = [0, ...step.cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        for (let at = 1; at < cuts.length; at += 1) owner.print(bytes.subarray(cuts[at - 1], cuts[at]));
        break;
      }
      case "flood":
        for (let at = 0; at < step.times; at += 1) owner.print(encoder.encode(`${step.text}\r\n`.repeat(8)));
        break;
      case "resize":
        owner.resize(step.cols, step.rows);
        break;
      case "owner up":
        owner.wire?.up(step.count * 20);
        break;
      case "owner down":
        owner.wire?.down(step.count * 20);
        break;
      case "viewer up":
        viewer(step.who).wire?.up(step.count);
        break;
      case "viewer down":
        viewer(step.who).wire?.down(step.count);
        break;
      case "ack":
        viewer(step.who).ack();
        break;
      case "cut viewer":
        viewer(step.who).wire?.cut();
        if (step.isNoticed) viewer(step.who).wire?.noticed();
        break;
      case "connect viewer":
        viewer(step.who).connect(server);
        break;
      case "cut owner":
        owner.wire?.cut();
        if (step.isNoticed) owner.wire?.noticed();
        break;
      case "connect owner":
        owner.connect(server);
        break;
      case "restart":
        server.terminals.shutdown();
        cutAll();
        server = newServer();
        break;
      case "time":
        // No timer runs before what was begun has had its turn.
        await settle();
        clock.advance(step.ms);
        break;
      case "focus":
        server.terminals.focusChanged("p1", step.isFocused ? ["s1"] : []);
        break;
      case "block":
        if (viewer(step.who).wire !== undefined) viewer(step.who).wire!.peer.unsent = 1_000_000;
        break;
      case "drain":
        viewer(step.who).wire?.peer.drain();
        break;
      case "settle":
        await settle();
    }
  }

  for (const step of ops) await apply(step);

  // Everybody comes back, and everything gets through.
  if (exits) owner.exit(3);
  await settle();
  if (owner.wire?.isCut !== false) {
    owner.wire?.noticed();
    owner.connect(server);
  }
  for (const each of viewers) {
    if (each.wire?.isCut !== false) {
      each.wire?.noticed();
      each.connect(server);
    }
    each.wire?.peer.drain();
  }
  const isDone = (): boolean =>
    viewers.every(
      ({ epoch, offset, exitCode }) =>
        epoch === owner.epoch && offset === owner.head && (!exits || exitCode === 3),
    );
  for (let round = 0; round < 2_000 && !(isDone() && round > 20); round += 1) {
    owner.wire?.up(1_000);
    owner.wire?.down(1_000);
    server.terminals.focusChanged("p1", ["s1"]);
    for (const each of viewers) {
      each.wire?.up(1_000);
      each.wire?.down(1_000);
      each.ack();
    }
    clock.advance(50);
    await settle();
  }
  expect(viewers.map(({ epoch, offset }) => ({ epoch, offset }))).toEqual(
    viewers.map(() => ({ epoch: owner.epoch, offset: owner.head })),
  );
  const source = dumpState(owner.screen.terminal);
  for (const each of viewers) {
    const found = differences(dumpState(each.screen.terminal), source);
    // Whether a mark that comes next joins the last character: after a resize moved it, a snapshot cannot say.
    expect(found.filter((path) => !path.startsWith(".hidden.join"))).toEqual([]);
  }
  if (exits) expect(viewers.map(({ exitCode }) => exitCode)).toEqual([3, 3, 3]);
  server.terminals.shutdown();
  return viewers.map(({ seen }) => seen);
}

// A wrap was pending when the alternate screen was entered, and the snapshot taken there lost that.
const PAST_SEED = 378451571;

describe("what a viewer ends up with is what the owner has", () => {
  const numRuns = Number(process.env["RUNS"] ?? 40);

  it.each([
    ["resizes", opsOf(textOf(plain), 3), true],
    ["full-screen programs", opsOf(textOf(fullScreen), 0), true],
    ["resizes and no emulator", opsOf(textOf(plain), 3), false],
  ])(
    "after any drops, reconnects, slow acks, owner reconnects and restarts: %s",
    async (name, op, hasEmulator) => {
      const seed = seedOf(`terminal transport, ${name}`);
      const totals = { deltas: 0, snapshots: 0, resets: 0 };
      const setup = fc.record({
        ringBytes: fc.constantFrom(4 * 1024, 16 * 1024, 64 * 1024, 1024 * 1024),
        encodes: fc.constantFrom("bytes" as const, "string" as const),
        hasEmulator: fc.constant(hasEmulator),
        ops: fc.array(op, { minLength: 30, maxLength: 120, size: "max" }),
        exits: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(setup, async (given) => {
          for (const seen of await run(given)) {
            totals.deltas += seen.deltas;
            totals.snapshots += seen.snapshots;
            totals.resets += seen.resets;
          }
        }),
        { seed, numRuns },
      );
      if (name === "full-screen programs") {
        await fc.assert(
          fc.asyncProperty(setup, async (given) => void (await run(given))),
          { seed: PAST_SEED, numRuns: 8 },
        );
      }
      // The property says little if nobody was ever brought forward one way or the other.
      expect(totals.deltas).toBeGreaterThan(0);
      expect(totals.snapshots).toBeGreaterThan(0);
      if (hasEmulator) expect(totals.resets).toBeGreaterThan(0);
    },
    240_000,
  );
});
