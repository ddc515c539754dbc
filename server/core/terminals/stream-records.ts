import type { TerminalData } from "../../../sdk/protocol/index.ts";
import type { Size } from "./size.ts";

/** A place between two records of a stream: after so many bytes, and so many resizes. */
export interface Cursor {
  readonly offset: number;
  readonly marks: number;
}

export type Piece =
  | { readonly kind: "data"; readonly offset: number; readonly bytes: Uint8Array; readonly next: Cursor }
  | { readonly kind: "resize"; readonly offset: number; readonly size: Size; readonly next: Cursor };

/** What brings any terminal of `size` to the exact state at `at`; it begins with a full reset of its own. */
export interface StreamSnapshot {
  readonly at: Cursor;
  readonly size: Size;
  readonly data: TerminalData;
  /** `data` is packed by raw deflate. */
  readonly isPacked?: boolean;
}
