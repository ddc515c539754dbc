import type { ClientInternals } from "../connection/internals.ts";
import { isHoldfastError } from "../errors.ts";

const RETRY_MS = 1_000;

/**
 * Tells the server how a session ended, again after each lost connection until it knows.
 * @returns a function that rejects when the server refuses, or after `withinMs` of trying
 */
export function createReporter(internals: ClientInternals) {
  const { now, schedule } = internals;
  const link = internals.link("/cli");
  const pause = (): Promise<void> => new Promise((resolve) => void schedule(RETRY_MS, resolve));

  return async (type: "completed" | "failed", message: string, withinMs: number): Promise<void> => {
    for (const until = now() + withinMs; ; await pause()) {
      try {
        await link.request("session:report", { type, message });
        return;
      } catch (error) {
        const isFinal = !isHoldfastError(error) || error.retry !== "backoff" || error.code === "CLOSED";
        if (isFinal || now() >= until) throw error;
      }
    }
  };
}
