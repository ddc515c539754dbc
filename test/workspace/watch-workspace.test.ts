import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type WorkspaceOptions, watchWorkspace } from "../../sdk/agent/workspace/watch-workspace.ts";
import type { WorkspaceSave } from "../../sdk/agent/workspace/workspace-event.ts";
import { createDevSync } from "../../sdk/dev/index.ts";
import type { Client } from "../../sdk/interface.ts";
import { startServer } from "../gateway/running-server.ts";
import { startProxy } from "../support/proxy.ts";
import { scratch, scratchRepository } from "./scratch.ts";
import { clientOf, connectedPair } from "./watched-project.ts";

async function watch(client: Client, options: WorkspaceOptions) {
  const workspace = await watchWorkspace(client, { diagnostics: false, ...options });
  onTestFinished(() => workspace.close());
  return workspace;
}

/** A page registered for the project, with the saves it hears. */
async function listen(page: Client, resource?: string) {
  const dev = createDevSync(page, resource === undefined ? {} : { resource });
  onTestFinished(() => dev.close());
  const saves: WorkspaceSave[] = [];
  dev.on("dev-save", (save) => saves.push(save));
  await expect.poll(() => dev.getSnapshot().name).toBe("registered");
  return saves;
}

describe("a watched workspace", () => {
  test("tells its saves to pages of the resource and to the channel files, in order", async () => {
    const { watcher, page, url } = await connectedPair();
    const elsewhere = clientOf(url);
    await elsewhere.connect();
    const { folder, write } = scratch({ "src/a.js": "1" });
    const workspace = await watch(watcher, { folder });
    expect(workspace).toMatchObject({ files: 1, hasGit: false, branch: undefined, hasDiagnostics: false });
    const [saves, others] = [await listen(page), await listen(elsewhere, "another")];
    const files: unknown[] = [];
    page.channel("files").subscribe((data) => files.push(data));

    write("src/a.js", "22");
    await expect.poll(() => saves).toHaveLength(1);
    renameSync(join(folder, "src/a.js"), join(folder, "src/b.js"));
    await expect.poll(() => saves).toHaveLength(3);
    expect(saves).toMatchObject([
      { path: "src/a.js", event: "change", size: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      { path: "src/b.js", event: "add", renamedFrom: "src/a.js" },
      { path: "src/a.js", event: "unlink", size: 0, renamedTo: "src/b.js" },
    ]);
    const revisions = saves.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    await expect.poll(() => files).toHaveLength(3);
    expect(files[0]).toMatchObject({ file: "src/a.js", event: "change" });
    expect(others).toEqual([]);
  });

  test("tells git on its channel, and answers searches while it is asked", async () => {
    const { watcher, page } = await connectedPair();
    const it = scratchRepository({ "a.txt": "needle\n", "b.txt": "hay\n" });
    const workspace = await watch(watcher, { folder: it.folder });
    expect(workspace).toMatchObject({ hasGit: true, branch: "main" });
    const git: unknown[] = [];
    const answers: { finished?: boolean; id?: string; results?: unknown[] }[] = [];
    page.channel("git").subscribe((data) => git.push(data));
    page.channel<{ id?: string }>("search").subscribe((data) => answers.push(data));

    it.git("commit", "-q", "--allow-empty", "-m", "heard");
    await expect.poll(() => git).toMatchObject([{ type: "commit", message: "heard", branch: "main" }]);
    await page.channel<object>("search").publish({ query: "needle", id: "q" });
    await expect.poll(() => answers.some(({ finished }) => finished)).toBe(true);
    expect(answers.at(-1)).toMatchObject({
      ...{ query: "needle", id: "q", count: 1, total: 1 },
      results: [{ file: "a.txt", line: 1, column: 1, text: "needle" }],
    });
  });

  test("tells after an outage what was saved in it, once, as it is by then", async () => {
    const { port, url } = await startServer();
    const proxy = await startProxy(port);
    onTestFinished(() => proxy.close());
    const watcher = clientOf(`http://127.0.0.1:${proxy.port}`, { agentId: "watcher" });
    const page = clientOf(url);
    await Promise.all([watcher.connect(), page.connect()]);
    const { folder, write } = scratch({ "a.js": "1" });
    const seen: string[] = [];
    await watch(watcher, {
      folder,
      onEvent: (event) => event.kind === "save" && seen.push(event.save.path),
    });
    const saves = await listen(page);
    write("a.js", "before");
    await expect.poll(() => saves).toHaveLength(1);

    proxy.cut();
    write("a.js", "meanwhile");
    await expect.poll(() => seen).toEqual(["a.js", "a.js"]);
    write("a.js", "at last");
    write("b.js", "new");
    await expect.poll(() => seen).toHaveLength(4);
    expect(saves).toHaveLength(1);
    proxy.restore();
    await watcher.reconnect();
    await expect.poll(() => saves).toHaveLength(3);
    expect(
      saves
        .slice(1)
        .map(({ path, size }) => [path, size])
        .sort(),
    ).toEqual([
      ["a.js", "at last".length],
      ["b.js", "new".length],
    ]);
  });

  test("tells a burst of 300 new files whole, at the pace the server takes it", async () => {
    const { watcher, page } = await connectedPair();
    const { folder, write } = scratch({ "a.js": "1" });
    await watch(watcher, { folder });
    const saves = await listen(page);
    for (let n = 0; n < 300; n += 1) write(`src/${n}.js`, String(n));
    await expect.poll(() => new Set(saves.map(({ path }) => path)).size).toBe(300);
  });

  test("leaves no timer, process or listener behind", async () => {
    const { watcher } = await connectedPair();
    const it = scratchRepository();
    const workspace = await watchWorkspace(watcher, { folder: it.folder });
    await workspace.close();
    it.write("a.txt", "unheard");
    await watcher.close();
    expect(process.getActiveResourcesInfo().filter((name) => name === "FSEvent")).toEqual([]);
  });

  test("of a folder that is not there is refused", async () => {
    const { watcher } = await connectedPair();
    await expect(watchWorkspace(watcher, { folder: join(scratch().folder, "none") })).rejects.toThrow(
      /ENOENT/,
    );
  });
});
