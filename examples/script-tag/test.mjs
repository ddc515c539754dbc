import assert from "node:assert/strict";
import { spawn } from "node:child_process";

const server = spawn(process.execPath, ["serve.mjs"], {
  env: { ...process.env, PORT: "0", STORE: "memory" },
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const url = await new Promise((resolve) => {
    server.stdout.on("data", (text) => resolve(/listening on (\S+)/.exec(text)?.[1]));
  });
  for (const path of ["/", "/page.js", "/holdfast.global.js"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    await response.text();
  }
  // The script as the page would run it.
  const script = await (await fetch(`${url}/holdfast.global.js`)).text();
  const { createClient } = new Function(`${script}; return Holdfast`)();
  const client = createClient({ url, projectId: "example" });
  await client.connect();
  const { title } = await client.tasks.create({ title: "From the script tag" }).acknowledged;
  assert.equal(title, "From the script tag");
  await client.close();
  console.log("ok: page, script and an edit over it");
} finally {
  server.kill("SIGTERM");
}
