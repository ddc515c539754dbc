import { HoldfastError } from "../errors.ts";

const REMEDY = "Nothing to do: the client works without it, and what the server has comes from there.";

/** What could not be kept on this device, or read from it. Never fatal. */
export function persistenceError(message: string, cause?: unknown, remedy = REMEDY): HoldfastError {
  return new HoldfastError("UNAVAILABLE", message, { cause, remedy });
}
