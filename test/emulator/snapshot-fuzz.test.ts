import fc from "fast-check";
import { expect, test } from "vitest";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { FUZZ_MS, fuzzing, runs, seed } from "./fuzz-settings.ts";
import { dumpState } from "./state-dump.ts";
import { dirt, sizes, tokens, tokensWithoutLinks } from "./stream-grammar.ts";
import { createTerminal, differences, feed, paletteOf, type Size } from "./terminals.ts";
import { unwritableReason } from "./unwritable.ts";

const scrollbacks = fc.constantFrom(0, 5, 20);

/** A stream, cut after `before`, and a viewer's terminal in some state. */
interface Scenario {
  sizes: readonly Size[];
  scrollback: number;
  before: readonly string[];
  after: readonly string[];
  dirt: string;
}

/** Brings a dirty terminal to the state of the source and compares at once, and after the rest of the stream. */
function restore(scenario: Scenario) {
  const first = scenario.sizes[0]!;
  const source = createTerminal(first, scenario.scrollback);
  const palette = paletteOf(source);
  const share = Math.ceil(scenario.before.length / scenario.sizes.length);
  scenario.sizes.forEach((size, i) => {
    source.resize(size.cols, size.rows);
    feed(source, scenario.before.slice(i * share, (i + 1) * share).join(""));
  });
  const reason = unwritableReason(source);

  const viewer = createTerminal(scenario.sizes.at(-1)!, scenario.scrollback);
  const viewerPalette = paletteOf(viewer);
  feed(viewer, scenario.dirt);
  feed(viewer, exactSnapshot(source, { colors: palette.colors }));
  const atOnce = [
    ...differences(dumpState(source), dumpState(viewer)),
    ...differences([...palette.colors].sort(), [...viewerPalette.colors].sort(), ".hidden.colors"),
  ];
  feed(source, scenario.after.join(""));
  feed(viewer, scenario.after.join(""));
  const later = differences(dumpState(source), dumpState(viewer));
  source.dispose();
  viewer.dispose();
  return { reason, atOnce, later };
}

const noResize = { scrollback: scrollbacks, dirt, sizes: sizes.map((size) => [size]) };

test(
  "a snapshot restores every state that sequences lead to, at once and after all that follows",
  () => {
    const scenario = fc.record({
      ...noResize,
      before: tokensWithoutLinks(60),
      after: tokensWithoutLinks(15),
    });
    fc.assert(
      fc.property(scenario, (one) => {
        const { reason, atOnce, later } = restore(one);
        fc.pre(reason === undefined);
        expect(atOnce).toEqual([]);
        expect(later).toEqual([]);
      }),
      fuzzing(1_000),
    );
  },
  FUZZ_MS,
);

test(
  "a snapshot restores links",
  () => {
    const scenario = fc.record({ ...noResize, before: tokens(60), after: fc.constant([]) });
    fc.assert(
      fc.property(scenario, (one) => {
        const { reason, atOnce } = restore(one);
        fc.pre(reason === undefined);
        expect(atOnce).toEqual([]);
      }),
      fuzzing(500),
    );
  },
  FUZZ_MS,
);

test(
  "a snapshot cut in the middle of a sequence or string goes on with its rest",
  () => {
    const scenario = fc.record({
      ...noResize,
      before: tokensWithoutLinks(30),
      cut: tokensWithoutLinks(1),
      at: fc.nat(20),
      after: tokensWithoutLinks(10),
    });
    fc.assert(
      fc.property(scenario, ({ before, cut, at, after, ...one }) => {
        const token = [...cut.join("")];
        const { reason, atOnce, later } = restore({
          ...one,
          before: [...before, token.slice(0, at).join("")],
          after: [token.slice(at).join(""), ...after],
        });
        fc.pre(reason === undefined);
        expect(atOnce).toEqual([]);
        expect(later).toEqual([]);
      }),
      fuzzing(600),
    );
  },
  FUZZ_MS,
);

test(
  "at most 0.5 % of adversarial streams with links and resizes look different after a snapshot",
  () => {
    const scenario = fc.record({
      ...noResize,
      sizes: fc.array(sizes, { minLength: 1, maxLength: 3 }),
      before: tokens(60),
      after: tokens(15),
    });
    const count = runs(2_000);
    const found = { atOnce: 0, atOnceVisible: 0, later: 0, laterVisible: 0, unwritable: 0 };
    for (const one of fc.sample(scenario, { seed, numRuns: count })) {
      const { reason, atOnce, later } = restore(one);
      const isVisible = (difference: string) => difference.startsWith(".visible");
      if (reason !== undefined) found.unwritable += 1;
      if (atOnce.length > 0) found.atOnce += 1;
      if (atOnce.some(isVisible)) found.atOnceVisible += 1;
      if (later.length > 0) found.later += 1;
      if (later.some(isVisible)) found.laterVisible += 1;
    }
    console.log(`of ${count} streams: ${JSON.stringify(found)}`);
    expect(found.atOnceVisible / count).toBeLessThanOrEqual(0.005);
    expect(found.laterVisible / count).toBeLessThanOrEqual(0.005);
    expect(found.atOnce / count).toBeLessThanOrEqual(0.02);
    expect(found.unwritable / count).toBeLessThanOrEqual(0.02);
  },
  FUZZ_MS,
);
