import assert from "node:assert/strict";
import { createClient } from "holdfast";
import { createServer } from "holdfast/server";
import { start } from "./agent.mjs";

const server = await createServer({ store: "memory" });
const { url } = await server.listen({ port: 0 });
const agent = start({ url, projectId: "p1" });
const client = createClient({ url, projectId: "p1" });
try {
  await client.connect();
  const done = new Promise((resolve) => {
    client.on("notify:session_completed", ({ data }) => resolve(data.name));
  });
  const { id } = await client.sessions.spawn({ name: "greeting", command: "greet" }).acknowledged;
  assert.equal(await done, "greeting");
  assert.equal(client.sessions.get(id)?.status, "completed");
  console.log("ok: spawned, run in a shared terminal, and completed");
} finally {
  await client.close();
  await agent.close();
  await server.close();
}
