import { describe, expect, it } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { dumpState } from "../emulator/state-dump.ts";
import { createFixture, settle } from "./fixture.ts";
import { differences } from "./model/differences.ts";
import { createModelScreen } from "./model/model-screen.ts";
import { createSlowLink } from "./model/slow-link.ts";

const KIB = 1024;
const STEP_MS = 8;

/** A viewer at the end of a link, which acks what it has parsed after each 16 KiB and when it has everything. */
async function watcher(
  fixture: ReturnType<typeof createFixture>,
  { bytesPerMs, roundTripMs }: { readonly bytesPerMs: number; readonly roundTripMs: number },
  watch: { window?: number; history?: number },
) {
  const { clock, call } = fixture;
  const { peer, ack } = await fixture.viewer(watch);
  const screen = createModelScreen(ack.cols, ack.rows);
  let { epoch, offset } = ack;
  let acked = offset;
  let resets = 0;
  screen.write(ack.scrollback);
  const link = createSlowLink(clock, peer, { bytesPerMs, delayMs: roundTripMs / 2 }, ({ event, payload }) => {
    if (event === "terminal:reset") {
      resets += 1;
      screen.resize(payload.cols, payload.rows);
      screen.write(payload.scrollback);
      ({ epoch, offset } = payload);
    } else if (event === "terminal:output") {
      expect(payload.offset).toBe(offset);
      screen.write(payload.data);
      offset += Buffer.byteLength(payload.data);
    } else return;
    if (offset - acked < 16 * KIB && link.queued > 0) return;
    acked = offset;
    const parsed = { sessionId: "s1", epoch, offset };
    clock.schedule(roundTripMs / 2, () => void call(peer, "terminal:ack", parsed, "untold"));
  });
  return {
    screen,
    link,
    get offset() {
      return offset;
    },
    get resets() {
      return resets;
    },
  };
}

describe("a flood of 2 MB/s with a fast viewer, one at 50 KB/s and one that takes nothing", () => {
  it.each([200, 1_000])(
    "with %i lines of history is seen by the fast one whole and at once; the slow one is never far behind",
    async (history) => {
      const fixture = createFixture({
        // In one go, so that nothing here depends on how fast this machine parses.
        emulator: { createMirror: (start) => createMirror({ ...start, sliceMs: 60_000 }) },
        limits: { mirrorLines: 1_000 },
      });
      const { clock } = fixture;
      const { say, peer: owner } = await fixture.owner({ cols: 120, rows: 40 });
      const source = createModelScreen(120, 40);
      const fast = await watcher(fixture, { bytesPerMs: 100_000, roundTripMs: 20 }, {});
      const slow = await watcher(fixture, { bytesPerMs: 50, roundTripMs: 150 }, { history });
      const { peer: dead } = await fixture.viewer();
      const printedAt: { readonly offset: number; readonly at: number }[] = [];
      const stale: number[] = [];
      let head = 0;
      const behind = (offset: number): number =>
        clock.now() - (printedAt.find((entry) => entry.offset > offset)?.at ?? clock.now());

      for (let elapsed = 0, line = 0; elapsed < 3_000; elapsed += STEP_MS) {
        let text = "";
        while (text.length < 2_000 * STEP_MS) {
          line += 1;
          text += `\x1b[${31 + (line % 7)}mfile-${line}\x1b[0m  ${"x".repeat(line % 50)}${line % 5 === 0 ? "\r\n" : ""}`;
        }
        head += text.length;
        printedAt.push({ offset: head, at: clock.now() });
        source.write(text);
        await say(text);
        clock.advance(STEP_MS);
        await settle();
        stale.push(behind(slow.offset));
        expect(behind(fast.offset)).toBeLessThanOrEqual(100);
      }
      // The pipe itself holds a round trip; the rest is what was in flight, and the snapshot.
      const steady = stale.slice(stale.length / 3).sort((one, other) => one - other);
      expect(steady[Math.floor(steady.length * 0.99)]).toBeLessThanOrEqual(1_500);
      expect(fast.resets).toBe(0);
      expect(slow.resets).toBeGreaterThan(1);
      expect(slow.link.largestQueue).toBeLessThanOrEqual(128 * KIB);
      expect(slow.link.sent).toBeLessThan(head / 10);
      expect(dead.got("terminal:output").reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(
        256 * KIB,
      );
      expect(owner.got("terminal:flow")).toEqual([]);

      const found = (): string[] => {
        const expected = dumpState(source.terminal, history);
        return [fast, slow].flatMap(({ screen }) =>
          differences(dumpState(screen.terminal, history), expected),
        );
      };
      for (let turn = 0; turn < 1_000 && (slow.offset < head || found().length > 0); turn += 1) {
        clock.advance(STEP_MS);
        await settle();
      }
      expect(found()).toEqual([]);
    },
    60_000,
  );
});
