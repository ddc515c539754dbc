import type { MirrorSnapshot } from "../../sdk/emulator/mirror-contract.ts";

/** What a mirror in another thread begins with. */
export interface MirrorOpening {
  readonly cols: number;
  readonly rows: number;
  readonly offset: number;
  readonly scrollback: number;
  /** Whether somebody wants the answers to queries. */
  readonly answers: boolean;
}

/** What the thread of mirrors is asked. Calls of one mirror take effect in order; `call` names the answer. */
export type MirrorRequest =
  | { readonly kind: "open"; readonly mirror: number; readonly opening: MirrorOpening }
  | { readonly kind: "write"; readonly mirror: number; readonly call: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "resize";
      readonly mirror: number;
      readonly call: number;
      readonly cols: number;
      readonly rows: number;
    }
  | {
      readonly kind: "snapshot";
      readonly mirror: number;
      readonly call: number;
      readonly historyLines: number;
    }
  | {
      readonly kind: "restore";
      readonly mirror: number;
      readonly call: number;
      readonly snapshot: MirrorSnapshot;
    }
  | { readonly kind: "close"; readonly mirror: number };

/** What the thread answers and tells. */
export type MirrorReport =
  | { readonly kind: "ready" }
  | {
      readonly kind: "done";
      readonly call: number;
      readonly offset: number;
      /** Whether plain output does there what it does in a new terminal. */
      readonly isPlain: boolean;
      readonly snapshot?: MirrorSnapshot;
    }
  | { readonly kind: "failed"; readonly call: number; readonly message: string }
  /** The answer to a query in the stream. */
  | { readonly kind: "reply"; readonly mirror: number; readonly reply: string }
  /** The emulator threw and was rebuilt from what it showed. */
  | { readonly kind: "mended"; readonly mirror: number; readonly message: string; readonly offset: number };

/** Places in the memory that a thread of mirrors shares with who watches over it. */
export const SHARED = {
  /** Rises with each piece of work. */
  beats: 0,
  /** The mirror that is worked for, 0 for none. */
  working: 1,
  length: 2,
} as const;
