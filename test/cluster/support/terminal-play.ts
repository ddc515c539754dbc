import { expect } from "vitest";
import { dumpState } from "../../emulator/state-dump.ts";
import { elapse } from "../../support/elapse.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import { differences } from "../../terminals/model/differences.ts";
import type { ModelOwner } from "../../terminals/model/model-owner.ts";
import type { ModelViewer } from "../../terminals/model/model-viewer.ts";

const QUIET_MS = 5_000;

/** Moves what is on the way, both ways, once. */
export function turn(owner: ModelOwner, viewers: readonly ModelViewer[]): void {
  owner.wire?.up(1_000);
  owner.wire?.down(1_000);
  for (const viewer of viewers) {
    viewer.wire?.up(1_000);
    viewer.wire?.down(1_000);
    viewer.ack();
  }
}

/** Moves until it is so. */
export async function until(
  owner: ModelOwner,
  viewers: readonly ModelViewer[],
  isSo: () => boolean,
  what: string,
): Promise<void> {
  const late = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > late) {
      const places = viewers.map(({ epoch, offset }) => `${epoch}:${offset}`).join(", ");
      throw new Error(`not in time: ${what}; owner ${owner.epoch}:${owner.head}, viewers ${places}`);
    }
    turn(owner, viewers);
    await elapse(2);
  }
}

/** Everybody has everything, and every screen is the owner's. */
export async function expectAlike(owner: ModelOwner, viewers: readonly ModelViewer[]): Promise<void> {
  const isThere = ({ epoch, offset, exitCode }: ModelViewer): boolean =>
    epoch === owner.epoch && offset === owner.head && exitCode === owner.exitCode;
  await until(owner, viewers, () => viewers.every(isThere), "all viewers have everything");
  const found = (): string[] => {
    const source = dumpState(owner.screen.terminal);
    return viewers.flatMap(({ screen }) => differences(dumpState(screen.terminal), source));
  };
  // A viewer that was far behind has the lines above its screen once there is quiet.
  const late = performance.now() + QUIET_MS;
  while (found().length > 0 && performance.now() < late) {
    turn(owner, viewers);
    await elapse(20);
  }
  expect(found()).toEqual([]);
}

const encoder = new TextEncoder();

/** Coloured, numbered lines with characters of all lengths. */
export function lines(from: number, count: number): Uint8Array {
  let text = "";
  for (let n = from; n < from + count; n += 1)
    text += `\x1b[${31 + (n % 7)}mline ${n} “ж” 漢字 😀 ${"x".repeat(n % 50)}\x1b[0m\r\n`;
  return encoder.encode(text);
}
