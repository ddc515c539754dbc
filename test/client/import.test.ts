import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** Every global of a page or of Node that could be read, called or changed by an import. */
const PROBE = `
  const touched = new Set();
  const names = [
    ...["addEventListener", "caches", "document", "fetch", "history", "indexedDB", "localStorage", "location"],
    ...["name", "navigator", "performance", "screen", "self", "sessionStorage", "WebSocket", "window", "XMLHttpRequest"],
    ...["crypto", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "BroadcastChannel", "Worker"],
  ];
  for (const name of names) {
    const present = globalThis[name];
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        // Node's own loader is no part of this, and React is the page's.
        if (/\\/(sdk|node_modules(?!\\/react))\\//.test(new Error().stack)) touched.add(name);
        return present;
      },
    });
  }
  const before = Object.keys(globalThis).length;
  const { createClient } = await import(process.argv[1]);
  const imported = [...touched];
  if (createClient !== undefined) {
    const client = createClient({ url: "https://live.example.com", auth: { getToken: () => "t" } });
    client.tasks.subscribe(() => {});
    client.on("task:created", () => {});
    client.status.getSnapshot();
    client.channel("news").subscribe(() => {});
  }
  console.log(JSON.stringify({
    imported,
    created: [...touched].slice(imported.length),
    added: Object.keys(globalThis).length - before,
    handles: process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap" && name !== "TTYWrap"),
  }));
`;

const root = new URL("../../", import.meta.url);
/** Of what else runs in a page, all but `protocol` and `testing`: their zod looks who it runs in, and keeps a registry. */
const others = ["terminal/index", "store/persistence/index", "dev/index", "react/index", "inspector/index"];

function probe(source: string): unknown {
  const { href } = new URL(source, root);
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", PROBE, href], {
    encoding: "utf8",
    cwd: root,
  });
  return JSON.parse(stdout || `{"failed": ${JSON.stringify(stderr)}}`);
}

it("importing and creating a client touches no global of the page, adds none and starts nothing", () => {
  // An id is drawn for each client.
  expect(probe("sdk/index.ts")).toEqual({ imported: [], created: ["crypto"], added: 0, handles: [] });
});

it.each(others)("importing sdk/%s touches no global of the page, adds none and starts nothing", (name) => {
  expect(probe(`sdk/${name}.ts`)).toEqual({ imported: [], created: [], added: 0, handles: [] });
});
