/** One kept slot, emitted in slot order when a page attaches; `index` counts from 0. */
export interface BootstrapEvent {
  readonly slot: string;
  readonly payload: unknown;
  readonly index: number;
  readonly total: number;
}

/** Slots every server has, in order. Setting one of the last three removes the other two. */
export const BOOTSTRAP_SLOTS = ["started", "init", "welcome", "no-trace", "trace-loaded"] as const;
export const EXCLUSIVE_SLOTS: readonly string[] = ["welcome", "no-trace", "trace-loaded"];
