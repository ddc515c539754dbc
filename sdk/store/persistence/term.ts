import type { Vault } from "./vault.ts";
import type { Writer } from "./writer.ts";

/** One (server, project, user): what is kept together. It ends with a change of project or user, or with the client. */
export interface Term {
  readonly place: string;
  readonly scope: string;
  /** Empty: nobody was ever seen there. */
  readonly user: string;
  readonly vault: Vault;
  readonly writer: Writer;
  readonly ended: AbortController;
}

/** A server and a project, whoever the user is. */
export function placeOf(url: string, projectId: string): string {
  return JSON.stringify([url, projectId]);
}

export function scopeOf(url: string, projectId: string, user: string): string {
  return JSON.stringify([url, projectId, user]);
}
