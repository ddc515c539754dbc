import type { IncomingMessage } from "node:http";

/** What a plain client says in its upgrade; ids and token as they came, judged later. */
export interface PlainRequest {
  readonly projectId?: string;
  readonly sessionId?: string;
  readonly priority?: "auto" | "live";
  readonly token?: string;
}

/** The subprotocol that is agreed on; beside it a browser can hand over a token, which is never sent back. */
export const SUBPROTOCOL = "holdfast";
const TOKEN_PREFIX = "token.";

export function plainRequestOf({ url = "", headers }: IncomingMessage): PlainRequest {
  const query = new URLSearchParams(url.split("?").slice(1).join("?"));
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const inProtocol = offered.includes(SUBPROTOCOL)
    ? offered.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length)
    : undefined;
  const token = query.get("token") || inProtocol;
  const projectId = query.get("projectId");
  const sessionId = query.get("sessionId");
  const priority = query.get("priority");
  return {
    ...(token ? { token } : {}),
    ...(projectId ? { projectId } : {}),
    ...(sessionId ? { sessionId } : {}),
    ...(priority === "auto" || priority === "live" ? { priority } : {}),
  };
}
