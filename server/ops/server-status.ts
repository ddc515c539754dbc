import type { HubStatus, NamespaceStatus } from "../core/status.ts";

/** What a server is doing now: the answer of `/ws-status` (protocol section 15). */
export interface ServerStatus extends HubStatus {
  readonly engine: { readonly totalClients: number };
  readonly ws: { readonly connected: number; readonly channels: number };
}

/** The status as strangers see it: counts, no names. */
export function withoutRooms(status: ServerStatus): ServerStatus {
  const { ui, mobile, cli, ...rest } = status.namespaces;
  const bare = (namespace: NamespaceStatus): NamespaceStatus => ({ ...namespace, rooms: {} });
  return { ...status, namespaces: { ...rest, ui: bare(ui), mobile: bare(mobile), cli: bare(cli) } };
}
