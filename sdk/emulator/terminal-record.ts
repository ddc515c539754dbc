/** How a terminal's process ended. */
export interface ExitInfo {
  readonly exitCode: number | null;
  readonly signal?: string | number | null;
  readonly reason?: string;
}

/** What happens to a terminal, in order. */
export type TerminalRecord =
  | { readonly kind: "data"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly offset: number; readonly cols: number; readonly rows: number }
  | ({ readonly kind: "exit"; readonly offset: number } & ExitInfo);

export type TerminalMark = Exclude<TerminalRecord, { kind: "data" }>;

/** A place between two records: after `offset` bytes, and after `marks` resizes and exits since the log began. */
export interface TerminalCursor {
  readonly offset: number;
  readonly marks: number;
}
