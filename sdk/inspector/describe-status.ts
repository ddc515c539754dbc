import type { ShownStatus } from "./inspectable.ts";

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1_000))} s`;

/** What the connection is doing and why, in one sentence. */
export function describeStatus(status: ShownStatus, now: number): string {
  const { name, attempt = 1, retryAt = now, since = now, latencyMs, reason, progress, error } = status;
  const why = error === undefined ? "" : `${error.code}: ${error.message}`;
  switch (name) {
    case "idle":
      return "not connected: connect() was not called";
    case "connecting":
      return `connecting (${reason}), attempt ${attempt}`;
    case "syncing":
      return progress === undefined
        ? `catching up (${reason})`
        : `catching up: ${progress.done} of ${progress.total}`;
    case "live":
      return `live for ${seconds(now - since)}${latencyMs === undefined ? "" : `, ${latencyMs} ms round trip`}`;
    case "waiting":
      return `${why || "connection lost"}; attempt ${attempt} in ${seconds(retryAt - now)}`;
    case "offline":
      return `offline: ${reason}; looks again in ${seconds(retryAt - now)}`;
    case "refused":
      return `refused: ${why}`;
    default:
      return reason === undefined ? name : `${name}: ${reason}`;
  }
}
