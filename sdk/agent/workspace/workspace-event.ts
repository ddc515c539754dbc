import type { DevSave } from "../../protocol/index.ts";
import type { Diagnostic } from "./compiler/parse-diagnostics.ts";
import type { GitEvent } from "./git/git-event.ts";

/** A save with what a watcher knows beyond the protocol's fields. */
export interface WorkspaceSave extends DevSave {
  /** The file came by a rename from there. */
  readonly renamedFrom?: string;
  /** The file went by a rename to there. */
  readonly renamedTo?: string;
}

/** What a watched workspace tells, also to who runs the watcher. */
export type WorkspaceEvent =
  | { readonly kind: "save"; readonly save: WorkspaceSave }
  | { readonly kind: "git"; readonly event: GitEvent }
  | { readonly kind: "diagnostics"; readonly diagnostics: readonly Diagnostic[]; readonly total: number }
  | { readonly kind: "search"; readonly query: string; readonly total: number };
