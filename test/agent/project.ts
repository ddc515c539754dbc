import { expect, onTestFinished } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import type { Session } from "../../sdk/protocol/index.ts";

/** Somebody in the project who sees its sessions. */
export async function join(url: string): Promise<Client> {
  const client = createClient({ url, projectId: "p1" });
  onTestFinished(() => client.close());
  await client.connect();
  return client;
}

/** The session as it is once it has this status. */
export async function untilStatus(client: Client, id: string, status: string): Promise<Session> {
  await expect.poll(() => client.sessions.get(id)?.status).toBe(status);
  // It was there a moment ago.
  return client.sessions.get(id)!;
}
