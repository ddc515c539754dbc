import type { Workspace } from "../../sdk/agent/workspace/watch-workspace.ts";
import type { WorkspaceEvent } from "../../sdk/agent/workspace/workspace-event.ts";

/** Saves that are said one by one in a second; of more only the number is. */
const LINES_A_SECOND = 20;
const SECOND_MS = 1_000;

/** What `holdfast watch` says once it watches. */
export function describeWorkspace(folder: string, workspace: Workspace): string {
  const { files, branch, hasGit, hasDiagnostics } = workspace;
  const parts = [files === 1 ? "1 file" : `${files} files`];
  if (hasGit) parts.push(branch === undefined ? "git" : `branch ${branch}`);
  if (hasDiagnostics) parts.push("tsc");
  return `watching ${folder} (${parts.join(", ")})`;
}

/** Lines for people: what was told, and of a burst how much. */
export function createEventLines(say: (line: string) => void) {
  let shown = 0;
  let hidden = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (hidden > 0) say(`... and ${hidden} more`);
    shown = 0;
    hidden = 0;
  };

  return {
    hear(event: WorkspaceEvent): void {
      if (event.kind !== "save") {
        say(lineOf(event));
        return;
      }
      timer ??= setTimeout(flush, SECOND_MS);
      shown += 1;
      if (shown <= LINES_A_SECOND) say(lineOf(event));
      else hidden += 1;
    },
    flush,
  };
}

function lineOf(event: WorkspaceEvent): string {
  switch (event.kind) {
    case "save": {
      const { path, event: what, renamedFrom, renamedTo } = event.save;
      const from = renamedFrom === undefined ? "" : ` (renamed from ${clean(renamedFrom)})`;
      const to = renamedTo === undefined ? "" : ` (renamed to ${clean(renamedTo)})`;
      return `${what} ${clean(path)}${from}${to}`;
    }
    case "git":
      return `git ${event.event.type}: ${clean(event.event.message)}`;
    case "diagnostics":
      return `tsc: ${event.total === 0 ? "no errors" : `${event.total} found`}`;
    case "search":
      return `search ${JSON.stringify(event.query)}: ${event.total} found`;
  }
}

/** Names of files and texts of commits are others': nothing in them moves this terminal's cursor. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
