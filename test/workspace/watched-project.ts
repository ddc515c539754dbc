import { onTestFinished } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import { startServer } from "../gateway/running-server.ts";

let made = 0;

/** A client over a real connection, closed when the test is over. */
export function clientOf(
  url: string,
  options: { agentId?: string; token?: string; projectId?: string } = {},
): Client {
  const { agentId, token, projectId = "p1" } = options;
  made += 1;
  const client = createClient({
    url,
    projectId,
    ...(agentId === undefined ? {} : { namespace: "/cli", agentId: `${agentId}-${made}` }),
    ...(token === undefined ? {} : { auth: { getToken: async () => token } }),
    onError: () => {},
  });
  onTestFinished(() => client.close());
  return client;
}

/** A server with a watcher's client and a page's, both live. */
export async function connectedPair(options: Parameters<typeof startServer>[0] = {}) {
  const running = await startServer(options);
  const watcher = clientOf(running.url, { agentId: "watcher" });
  const page = clientOf(running.url);
  await Promise.all([watcher.connect(), page.connect()]);
  return { ...running, watcher, page };
}
