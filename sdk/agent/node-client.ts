import { createClient } from "../client.ts";
import type { Client } from "../interface.ts";

export interface NodeClientOptions {
  readonly url: string;
  readonly token?: string;
  readonly projectId: string;
  /** The session this process works for. */
  readonly sessionId?: string;
  /** Set for a spawner, which works for the whole project. */
  readonly agentId?: string;
}

/** A client of `/cli`, as agents are. */
export function createNodeClient(options: NodeClientOptions): Client {
  const { url, token, projectId, sessionId, agentId } = options;
  return createClient({
    url,
    namespace: "/cli",
    projectId,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(token === undefined ? {} : { auth: { getToken: () => Promise.resolve(token) } }),
  });
}
