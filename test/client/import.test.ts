import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const PROBE = `
  const touched = [];
  for (const name of ["document", "navigator", "localStorage", "indexedDB", "location", "WebSocket", "fetch"]) {
    const own = Object.getOwnPropertyDescriptor(globalThis, name);
    if (own && !own.configurable) continue;
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return undefined; } });
  }
  const before = Object.keys(globalThis).length;
  const { createClient } = await import("./sdk/index.ts");
  const imported = [...touched];
  const client = createClient({ url: "https://live.example.com", auth: { getToken: () => "t" } });
  client.tasks.subscribe(() => {});
  client.on("task:created", () => {});
  client.status.getSnapshot();
  touched.splice(0);
  client.channel("news").subscribe(() => {});
  console.log(JSON.stringify({
    imported,
    created: touched,
    added: Object.keys(globalThis).length - before,
    handles: process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap" && name !== "TTYWrap"),
  }));
`;

it("importing and creating a client touches no global of the page, adds none and starts nothing", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", PROBE], {
    encoding: "utf8",
    cwd: new URL("../..", import.meta.url),
  });
  const seen = JSON.parse(stdout || `{"failed": ${JSON.stringify(stderr)}}`) as { imported: string[] };
  // What socket.io-client looks at when it is imported is its own: it decides which transports there are.
  const library = ["navigator", "location", "WebSocket", "document"];
  expect({ ...seen, imported: seen.imported.filter((name) => !library.includes(name)) }).toEqual({
    imported: [],
    created: [],
    added: 0,
    handles: [],
  });
});
