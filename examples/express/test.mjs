import assert from "node:assert/strict";
import { createClient } from "holdfast";
import { collections } from "./collections.mjs";
import { start } from "./server.mjs";

const { url, close } = await start({ port: 0, store: "memory" });
const client = createClient({ url, projectId: "shop", collections });
try {
  assert.equal(await (await fetch(`${url}/hello`)).text(), "Your own routes are untouched");
  await client.connect();
  const told = new Promise((resolve) => {
    client.on("deploy:created", ({ data }) => resolve(data.release));
  });
  const line = new Promise((resolve) => {
    client.channel("log").subscribe(resolve);
  });
  assert.equal((await fetch(`${url}/deploys/1.2.3`, { method: "POST" })).status, 201);
  assert.equal(await told, "1.2.3");
  assert.deepEqual(await line, { line: "deploying 1.2.3" });
  assert.equal(client.collection("deploys").get("1.2.3")?.state, "running");
  console.log("ok: own routes, own collection and a channel on one port");
} finally {
  await client.close();
  await close();
}
