import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCredit } from "../../server/core/terminals/credit.ts";
import { DEFAULT_TERMINAL_LIMITS } from "../../server/core/terminals/terminal-limits.ts";
import { seedOf } from "../store/seed.ts";

const KIB = 1024;

function begin(wanted: number, now: () => number = () => 0) {
  const credit = createCredit(DEFAULT_TERMINAL_LIMITS, now, wanted);
  credit.attached(0, 0);
  return credit;
}

describe("credit", () => {
  it("follows a slow viewer's rate, so that what is in flight takes it about half a second", () => {
    let now = 0;
    const credit = begin(256 * KIB, () => now);
    let sent = 0;
    // 50 KB/s, acked in steps of 8 KiB.
    for (let acked = 0; acked < 400 * KIB; acked += 8 * KIB) {
      for (let room = credit.room(); room > 0; room = credit.room()) {
        sent += Math.min(room, credit.frame());
        credit.sent(sent, true);
      }
      now += (8 * KIB) / 50;
      credit.acked(acked + 8 * KIB, true);
    }
    expect(credit.unacked() + credit.room()).toBeLessThanOrEqual(32 * KIB);
    expect(credit.drainMs(50_000)).toBeGreaterThan(700);
    expect(credit.drainMs(50_000)).toBeLessThan(1_500);
  });

  it("gives a fast viewer its whole window after a few acks", () => {
    let now = 0;
    const credit = begin(256 * KIB, () => now);
    let sent = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      sent += credit.room();
      credit.sent(sent, true);
      now += 5;
      credit.acked(sent, true);
    }
    expect(credit.room()).toBe(256 * KIB);
    expect(credit.frame()).toBe(64 * KIB);
  });

  it("gives a viewer that acks once it has its whole window all of it, after some silence", () => {
    const credit = begin(128 * KIB);
    let sent = 0;
    for (let silence = 0; sent < 128 * KIB; silence += 1) {
      expect(silence).toBeLessThan(4);
      sent += credit.room();
      credit.sent(sent, true);
      expect(credit.canRelax()).toBe(sent < 128 * KIB);
      credit.relax();
    }
    expect(credit.room()).toBe(0);
    credit.acked(sent, true);
    expect(credit.room()).toBe(128 * KIB);
  });

  it("finds small room not worth a frame, until there was silence", () => {
    const credit = begin(256 * KIB);
    let sent = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      sent += credit.room();
      credit.sent(sent, true);
      credit.acked(sent, true);
    }
    expect(credit.worth()).toBe(32 * KIB);
    credit.relax();
    expect(credit.worth()).toBe(4 * KIB);
    credit.acked(sent, true);
    expect(credit.worth()).toBe(32 * KIB);
  });

  it("lets no snapshot follow one that is in flight, nor much output, until there was silence", () => {
    const credit = begin(64 * KIB);
    credit.sent(8 * KIB, false);
    credit.acked(8 * KIB, false);
    expect(credit.canSkip()).toBe(true);
    credit.jumped(500 * KIB, 30 * KIB);
    expect(credit.canSkip()).toBe(false);
    expect(credit.isJumping()).toBe(true);
    expect(credit.room()).toBeLessThanOrEqual(2 * KIB);
    credit.relax();
    expect(credit.isJumping()).toBe(false);
    expect(credit.canSkip()).toBe(true);
    credit.acked(500 * KIB, false);
    expect(credit.unacked()).toBe(0);
  });

  it("takes acks of what was sent before a snapshot, which it may have overtaken", () => {
    const credit = begin(64 * KIB);
    credit.sent(10 * KIB, true);
    credit.acked(1, true);
    credit.jumped(500 * KIB, 4 * KIB);
    expect(credit.unacked()).toBe(10 * KIB - 1);
    credit.acked(6 * KIB, true);
    expect(credit.unacked()).toBe(4 * KIB);
    credit.acked(300 * KIB, true);
    expect(credit.unacked()).toBe(4 * KIB);
    credit.acked(500 * KIB, true);
    expect(credit.unacked()).toBe(0);
  });

  it("never has more than the window and two snapshots unacked, whatever is acked and however silent it is", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("send" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("skip" as const), bytes: fc.integer({ min: 1, max: 100_000 }) }),
      fc.record({ kind: fc.constant("ack" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("silence" as const) }),
      fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200, size: "max" }),
        fc.integer({ min: 0, max: 600_000 }),
        (steps, wanted) => {
          let now = 0;
          const credit = begin(wanted, () => now);
          /** What a viewer was sent and has not acked, told apart from the credit's own count. */
          let inFlight: { readonly to: number; readonly bytes: number }[] = [];
          let position = 0;
          let largest = 0;
          for (const next of steps) {
            if (next.kind === "time") now += next.ms;
            else if (next.kind === "silence") credit.relax();
            else if (next.kind === "send") {
              const bytes = Math.floor(credit.room() * next.share);
              if (bytes === 0) continue;
              position += bytes;
              credit.sent(position, true);
              inFlight.push({ to: position, bytes });
            } else if (next.kind === "skip" && credit.canSkip()) {
              position += next.bytes * 10;
              largest = Math.max(largest, next.bytes);
              credit.jumped(position, next.bytes);
              inFlight.push({ to: position, bytes: next.bytes });
            } else if (next.kind === "ack" && inFlight.length > 0) {
              const upTo = inFlight[Math.floor(next.share * (inFlight.length - 1))]!.to;
              credit.acked(upTo, true);
              inFlight = inFlight.filter(({ to }) => to > upTo);
            }
            const unacked = inFlight.reduce((sum, { bytes }) => sum + bytes, 0);
            expect(unacked).toBeLessThanOrEqual(credit.window + 2 * largest);
            expect(credit.unacked()).toBeLessThanOrEqual(credit.window + 2 * largest);
          }
        },
      ),
      { seed: seedOf("terminal credit"), numRuns: Number(process.env["RUNS"] ?? 300) },
    );
  });
});
