import type { ChannelPublishAck } from "../sdk/protocol/index.ts";

export type Publish = (projectId: string, channel: string, data: unknown) => Promise<ChannelPublishAck>;

/** Publishes to a project's channels from the server itself; the typed ones take the fields of their data in order. */
export interface Broadcaster {
  publish: Publish;
  fileChanged(
    projectId: string,
    file: string,
    event: "add" | "change" | "unlink",
  ): Promise<ChannelPublishAck>;
  diagnosticsUpdated(projectId: string, diagnostics: readonly unknown[]): Promise<ChannelPublishAck>;
  aiChunk(
    projectId: string,
    id: string,
    chunk: string,
    index: number,
    finished?: boolean,
  ): Promise<ChannelPublishAck>;
  searchProgress(
    projectId: string,
    query: string,
    count: number,
    total: number,
    results: readonly unknown[],
  ): Promise<ChannelPublishAck>;
  validationComplete(
    projectId: string,
    result: Readonly<Record<string, unknown>>,
  ): Promise<ChannelPublishAck>;
  gitEvent(projectId: string, type: string, message: string): Promise<ChannelPublishAck>;
}

export function createBroadcaster(publish: Publish, now: () => number): Broadcaster {
  const timestamp = (): string => new Date(now()).toISOString();
  return {
    publish,
    fileChanged: (projectId, file, event) =>
      publish(projectId, "files", { file, event, timestamp: timestamp() }),
    diagnosticsUpdated: (projectId, diagnostics) =>
      publish(projectId, "diagnostics", { diagnostics, timestamp: timestamp() }),
    aiChunk: (projectId, id, chunk, index, finished = false) =>
      publish(projectId, "ai-response", { id, chunk, index, finished }),
    searchProgress: (projectId, query, count, total, results) =>
      publish(projectId, "search", { query, count, total, results }),
    validationComplete: (projectId, result) => publish(projectId, "validation", { ...result }),
    gitEvent: (projectId, type, message) => publish(projectId, "git", { type, message }),
  };
}
