import type { HoldfastError } from "../errors.ts";

/** Whether and how a program is shared. */
export type OwnerState =
  | { readonly name: "registering" }
  | { readonly name: "sharing"; readonly viewers: number }
  /** The connection is lost; the program runs on and everything is kept. */
  | { readonly name: "away" }
  /** Another process shares this session, or we may not; asked again every second. */
  | { readonly name: "refused"; readonly error: HoldfastError }
  /** The session was deleted: nobody sees the program any more, and it is not shared again. */
  | { readonly name: "removed" }
  | { readonly name: "ended" };
