import type { State } from "./state.ts";
import type { ClientStatus, Progress } from "./status.ts";

/** What the application sees of a state of the machine. */
export function statusOf(state: State, progress: Progress | undefined): ClientStatus {
  switch (state.name) {
    case "idle":
      return state;
    case "connecting":
      return { name: "connecting", attempt: state.attempt, reason: state.reason };
    case "syncing":
      return { name: "syncing", reason: state.reason, ...(progress && { progress }) };
    case "live":
      return {
        name: "live",
        since: state.since,
        ...(state.latencyMs !== undefined && { latencyMs: state.latencyMs }),
      };
    case "waiting":
    case "offline": {
      const { name, attempt, retryAt, error } = state;
      const rest = { attempt, retryAt, ...(error && { error }) };
      return name === "waiting" ? { name, ...rest } : { name, reason: "No network", ...rest };
    }
    case "refused":
      return { name: "refused", error: state.error };
    case "closed":
      return { name: "closed", reason: "client.close() was called" };
  }
}
