import type { TerminalRegister } from "../../../sdk/protocol/index.ts";
import { type Size, sameSize } from "./size.ts";

export type ResizePolicy = TerminalRegister["resizePolicy"];

/** Whoever may ask for a size: a socket, or a viewer without one. */
export type Participant = object;

/**
 * Whose size counts: that of the viewer who last typed or resized (`latest`), the smallest of all who asked for one
 * (`smallest`), or nobody's but the owner's (`owner`).
 */
export interface Sizing {
  resize(who: Participant, size: Size): void;
  /** Somebody is back who asked for a size before, and did nothing since. */
  returned(who: Participant, size: Size): void;
  typed(who: Participant): void;
  left(who: Participant): void;
  /** Nobody asks for a size. */
  readonly isUnwanted: boolean;
  /** What viewers want now; `undefined`: nothing. */
  target(): Size | undefined;
}

/** @param onChange the target may be another one. */
export function createSizing(policy: () => ResizePolicy, current: () => Size, onChange: () => void): Sizing {
  const wanted = new Map<Participant, Size>();
  let latest: Participant | undefined;
  return {
    resize(who, size) {
      wanted.set(who, size);
      latest = who;
      onChange();
    },
    returned(who, size) {
      wanted.set(who, size);
      // Nobody was the latest meanwhile, as it seems: the size is still theirs.
      if (latest === undefined && sameSize(size, current())) latest = who;
      onChange();
    },
    typed(who) {
      if (latest === who || !wanted.has(who)) return;
      latest = who;
      onChange();
    },
    left(who) {
      if (latest === who) latest = undefined;
      if (wanted.delete(who)) onChange();
    },
    get isUnwanted() {
      return wanted.size === 0;
    },
    target() {
      switch (policy()) {
        case "owner":
          return undefined;
        case "latest":
          return latest === undefined ? undefined : wanted.get(latest);
        case "smallest":
          return wanted.size === 0 ? undefined : smallest(wanted.values());
      }
    },
  };
}

function smallest(sizes: Iterable<Size>): Size {
  let cols = Number.POSITIVE_INFINITY;
  let rows = Number.POSITIVE_INFINITY;
  for (const size of sizes) {
    cols = Math.min(cols, size.cols);
    rows = Math.min(rows, size.rows);
  }
  return { cols, rows };
}
