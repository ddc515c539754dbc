import { once } from "node:events";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { runCommandLine } from "../../server/bin/run-command-line.ts";
import { createEventLines } from "../../server/bin/watch-lines.ts";
import { event, openClient, requested, startServer } from "../gateway/running-server.ts";
import { scratch, scratchRepository } from "../workspace/scratch.ts";
import { runCommand } from "./command-process.ts";

/** A bare dev-sync client, written from the protocol page. */
async function registered(url: string, resourceGuid: string) {
  const socket = openClient(url, "/", { auth: { projectId: "p1" } });
  await event(socket, "connection_status");
  const saves: { path: string; event: string }[] = [];
  socket.on("push-dev-save", (save: { path: string; event: string }) => void saves.push(save));
  const recipient = { cdObjId: { resourceGuid } };
  expect(
    await requested(socket, "register-client", { pushData: { pushRecepients: [recipient] } }),
  ).toMatchObject({
    success: true,
  });
  return saves;
}

/** A command line that ends by itself, in this process. */
async function ranHere(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCommandLine({ args, env: {}, stdout, stderr });
  const textOf = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? "").toString();
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

describe("holdfast watch", () => {
  test("tells bare clients what is saved, says so, and ends with 0 on SIGTERM", async () => {
    const { url } = await startServer();
    const it = scratchRepository({ "a.js": "1" });
    const [mine, others] = [await registered(url, "shop"), await registered(url, "p1")];
    const watch = runCommand(["watch", it.folder, "--project", "p1", "--resource", "shop", "--url", url]);
    expect(await watch.firstLine()).toBe(`watching ${it.folder} (1 file, branch main)`);
    it.write("a.js", "22");
    await expect.poll(() => mine).toMatchObject([{ path: "a.js", event: "change", size: 2 }]);
    renameSync(join(it.folder, "a.js"), join(it.folder, "b.js"));
    await expect.poll(() => mine).toHaveLength(3);
    it.git("commit", "-q", "--allow-empty", "-m", "told");
    await expect.poll(() => watch.output().stdout).toContain("git commit: told\n");
    watch.child.kill("SIGTERM");
    const { code, stdout, stderr } = await watch.finished();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "holdfast watch: connected\n" });
    expect(stdout.split("\n")).toEqual([
      `watching ${it.folder} (1 file, branch main)`,
      ...[
        "change a.js",
        "add b.js (renamed from a.js)",
        "unlink a.js (renamed to b.js)",
        "git commit: told",
        "",
      ],
    ]);
    expect(others).toEqual([]);
  });

  test("that is refused says why, and ends with 1", async () => {
    const { url } = await startServer({ auth: { secret: "a secret of thirty-two bytes or more" } });
    const watch = runCommand(["watch", scratch().folder, "--project", "p1", "--url", url]);
    const { code, stderr } = await watch.finished();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdfast watch: Authentication required\n$/);
  });

  test("keeps what it sees for a server that is not there yet, and ends all the same", async () => {
    const { folder, write } = scratch({ "a.js": "1" });
    const watch = runCommand(["watch", folder, "--project", "p1", "--url", "http://127.0.0.1:9"]);
    await watch.firstLine();
    write("a.js", "2");
    await expect.poll(() => watch.output().stdout).toContain("change a.js\n");
    await expect.poll(() => watch.output().stderr).toMatch(/not connected: [^\n]+\n/);
    watch.child.kill("SIGINT");
    expect((await watch.finished()).code).toBe(0);
  });

  test.each([
    [["--project", "p1"], "DIR is missing; give it"],
    [[".", "..", "--project", "p1"], '".." is one argument too many; leave it out'],
    [["."], "--project is missing: give --project ID"],
    [["none-such", "--project", "p1"], '"none-such" is no folder; name one that is there'],
    [[".", "--project", "p1", "--url", "ftp://x"], "--url ftp://x: write it as http://127.0.0.1:3000"],
    [[".", "--project", "p1", "--resurce", "x"], "unknown flag --resurce; did you mean --resource?"],
  ])("%j is one line with the mend and code 2", async (args, line) => {
    expect(await ranHere("watch", ...args)).toEqual({
      ...{ code: 2, stdout: "" },
      stderr: `holdfast watch: ${line} (holdfast watch --help)\n`,
    });
  });

  test("--help has examples", async () => {
    const { stdout, code } = await ranHere("watch", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("holdfast watch . --project p1");
    expect(stdout).toContain("Usage: holdfast watch [flags] DIR");
  });

  test("says of a burst how much it was, and lets no name move the cursor", () => {
    const lines: string[] = [];
    const events = createEventLines((line) => lines.push(line));
    const save = { event: "change", hash: "", size: 0, mtime: 0, revision: 0 } as const;
    for (let n = 0; n < 25; n += 1) events.hear({ kind: "save", save: { ...save, path: `\u001b[2J${n}` } });
    events.flush();
    expect(lines).toHaveLength(21);
    expect(lines[0]).toBe("change ?[2J0");
    expect(lines[20]).toBe("... and 5 more");
  });
});

describe("holdfast serve --dev", () => {
  test("serves the folder to this machine, and to no other", async () => {
    const { folder } = scratch({ "a.js": "export {};" });
    const server = runCommand(["serve", "--port", "0", "--store", "memory", "--dev", folder]);
    const url = (await server.firstLine()).replace("listening on ", "");
    expect(await (await fetch(`${url}/watched/a.js`)).text()).toBe("export {};");
    const wide = await ranHere("serve", "--dev", folder, "--host", "0.0.0.0", "--jwt-secret", "s");
    expect(wide).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("leave out --dev or --host") as string,
    });
    const none = await ranHere("serve", "--dev", join(folder, "none"));
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("name a folder") as string });
    server.child.kill("SIGTERM");
    await once(server.child, "exit");
  });
});
