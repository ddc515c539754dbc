import type { Caller } from "./handler.ts";

/** The project of a client that names none (protocol, preamble). */
export const DEFAULT_PROJECT = "default";

/** The project an event is about: the one it names, else the socket's. */
export function projectOf(caller: Caller, named: string | undefined): string {
  return named ?? caller.projectId ?? DEFAULT_PROJECT;
}
