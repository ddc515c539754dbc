import { rmSync } from "node:fs";
import { join } from "node:path";
import { build, createServer, type InlineConfig } from "vite";
import { describe, expect, onTestFinished, test } from "vitest";
import { holdfast } from "../../sdk/agent/vite/index.ts";
import { createDevSync, type DevEvents } from "../../sdk/dev/index.ts";
import { startServer } from "../gateway/running-server.ts";
import { type Scratch, scratch } from "../workspace/scratch.ts";
import { clientOf } from "../workspace/watched-project.ts";

const APP = {
  "index.html": '<script type="module" src="/src/main.js"></script>',
  "src/main.js": 'import { name } from "./name.js";\ndocument.title = name;\n',
  "src/name.js": 'export const name = "app";\n',
};

type Heard = { readonly [E in keyof DevEvents]: readonly [E, DevEvents[E]] }[keyof DevEvents];

async function listening(): Promise<{ url: string; heard: Heard[] }> {
  const { url } = await startServer();
  const client = clientOf(url);
  const dev = createDevSync(client);
  const heard: Heard[] = [];
  dev.on("dev-save", (save) => heard.push(["dev-save", save]));
  dev.on("dev-build-start", (start) => heard.push(["dev-build-start", start]));
  dev.on("dev-build-complete", (complete) => heard.push(["dev-build-complete", complete]));
  dev.on("dev-error", (error) => heard.push(["dev-error", error]));
  await client.connect();
  await expect.poll(() => dev.getSnapshot().name).toBe("registered");
  return { url, heard };
}

const configOf = ({ folder }: Scratch, url: string, warnings: string[] = []): InlineConfig => ({
  ...{ root: folder, configFile: false, logLevel: "silent", plugins: [holdfast({ projectId: "p1", url })] },
  customLogger: {
    ...{ hasWarned: false, hasErrorLogged: () => false, clearScreen() {}, error() {}, info() {} },
    warn: (text) => void warnings.push(text),
    warnOnce: (text) => void warnings.push(text),
  },
});

describe("the Vite plugin", () => {
  test("reports a build from its start to its files", async () => {
    const { url, heard } = await listening();
    await build(configOf(scratch(APP), url));
    await expect.poll(() => heard).toHaveLength(2);
    const [start, complete] = heard as [["dev-build-start", { buildId: string }], Heard];
    expect(heard.map(([name]) => name)).toEqual(["dev-build-start", "dev-build-complete"]);
    expect(complete[1]).toMatchObject({
      buildId: start[1].buildId,
      durationMs: expect.any(Number) as number,
      files: expect.arrayContaining(["index.html"]) as string[],
    });
  });

  test("reports a build that fails, where it failed, and lets it fail", async () => {
    const { url, heard } = await listening();
    const it = scratch({ ...APP, "src/name.js": "export const name = ;\n" });
    await expect(build(configOf(it, url))).rejects.toThrow();
    await expect.poll(() => heard.map(([name]) => name)).toEqual(["dev-build-start", "dev-error"]);
    const [[, start], [, error]] = heard as [
      ["dev-build-start", DevEvents["dev-build-start"]],
      ["dev-error", DevEvents["dev-error"]],
    ];
    expect(error.buildId).toBe(start.buildId);
    expect(error.message).toContain("name.js");
    expect(error.message).not.toContain(String.fromCharCode(27));
  });

  test("reports each build of build --watch, with the save that led to it", async () => {
    const { url, heard } = await listening();
    const it = scratch(APP);
    const watcher = await build({ ...configOf(it, url), build: { watch: {} } });
    if (!("close" in watcher)) throw new Error("no watcher");
    onTestFinished(() => watcher.close());
    const names = () => heard.map(([name]) => name);
    await expect.poll(() => names()).toEqual(["dev-build-start", "dev-build-complete"]);
    it.write("src/name.js", 'export const name = "other";\n');
    const second = ["dev-save", "dev-build-start", "dev-build-complete"];
    await expect.poll(() => names().slice(2).sort()).toEqual(second.sort());
    const builds = heard.flatMap(([name, told]) => (name === "dev-build-complete" ? [told.buildId] : []));
    expect(new Set(builds).size).toBe(2);
  });

  test("costs a build its result when no server is there no more than a warning", async () => {
    const { url, server } = await startServer();
    await server.close();
    const warnings: string[] = [];
    const it = scratch(APP);
    await build(configOf(it, url, warnings));
    expect(warnings).toEqual([expect.stringContaining("did not hear of this build")]);
  });

  test("reports the saves a dev server sees, and the errors of what it serves", async () => {
    const { url, heard } = await listening();
    const it = scratch(APP);
    const server = await createServer({ ...configOf(it, url), server: { port: 0, host: "127.0.0.1" } });
    onTestFinished(() => server.close());
    await server.listen();
    const base = server.resolvedUrls?.local[0] ?? "";
    expect((await fetch(`${base}src/main.js`)).status).toBe(200);
    it.write("src/name.js", 'export const name = "other";\n');
    await expect.poll(() => heard).toHaveLength(1);
    expect(heard[0]).toMatchObject([
      "dev-save",
      {
        path: "src/name.js",
        event: "change",
        size: 29,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    it.write("src/added.js", "export {};\n");
    await expect.poll(() => heard.at(-1)).toMatchObject(["dev-save", { path: "src/added.js", event: "add" }]);
    rmSync(join(it.folder, "src/added.js"));
    await expect.poll(() => heard.at(-1)).toMatchObject(["dev-save", { event: "unlink", size: 0 }]);

    it.write("src/name.js", 'import "./missing.js";\n');
    await expect.poll(() => heard.at(-1)).toMatchObject(["dev-save", { path: "src/name.js", size: 23 }]);
    expect((await fetch(`${base}src/name.js`)).status).toBe(500);
    await expect.poll(() => heard.at(-1)?.[0]).toBe("dev-error");
    expect(heard.at(-1)?.[1]).toMatchObject({ file: "src/name.js" });
  });
});
