import { Fault } from "../../server/core/fault.ts";

/** The fault that `run` throws. */
export function catchFault(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
