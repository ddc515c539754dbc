import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { build, createServer as createViteServer } from "vite";

// The build holds the client, and nothing that is for tests or for Node.
await build({ logLevel: "warn" });
const [bundle] = readdirSync("dist/assets").filter((name) => name.endsWith(".js"));
const code = readFileSync(`dist/assets/${bundle}`, "utf8");
assert.ok(code.includes("state:sync"));
assert.ok(!code.includes("createMockServer") && !code.includes("node:fs"));

// Rendered on a server: what the client holds, and nothing connected.
const vite = await createViteServer({
  server: { middlewareMode: true, ws: false },
  appType: "custom",
  logLevel: "warn",
});
try {
  const { App } = await vite.ssrLoadModule("/src/app.jsx");
  const { createElement } = await import("react");
  const { renderToString } = await import("react-dom/server");
  const html = renderToString(createElement(App, { url: "http://127.0.0.1:9" }));
  assert.match(html, /<p role="status">idle/);
  assert.match(html, /To do/);
} finally {
  await vite.close();
}
console.log(`ok: built (${Math.round(code.length / 1024)} KiB) and rendered on a server`);
