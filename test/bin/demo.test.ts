import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isAlive } from "../../server/bin/demo/process-signal.ts";
import { ask, connected, requested } from "../gateway/running-server.ts";
import { type CommandProcess, runCommand, scratchFolder } from "./command-process.ts";

interface Demo {
  readonly server: CommandProcess;
  readonly url: string;
  readonly agentPid: number;
}

async function startDemo(folder: string, port = "0"): Promise<Demo> {
  const server = runCommand(["serve", "--demo", "--store", folder, "--port", port]);
  const url = (await server.firstLine()).replace("listening on ", "");
  const agentPid = await agentOf(folder);
  const spawnerPid = await agentOf(folder, "demo-spawner");
  onTestFinished(() => {
    for (const pid of [agentPid, spawnerPid]) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  return { server, url, agentPid };
}

async function agentOf(folder: string, name = "demo-agent"): Promise<number> {
  const note = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as { pid: number };
  return note.pid;
}

/** Types into the demo's shell and waits for what it prints. */
async function typed(url: string, line: string, printed: RegExp): Promise<RegExpExecArray> {
  const { socket } = await connected(url, "/terminal", { auth: { projectId: "demo", protocol: 1 } });
  let screen = "";
  socket.on("terminal:output", ({ data }: { data: string }) => {
    screen += data;
  });
  const watch = () => requested(socket, "terminal:watch", { sessionId: "shell" });
  await expect.poll(async () => (await watch()).success).toBe(true);
  const input = { sessionId: "shell", input: `${line}\r` };
  await expect.poll(async () => (await requested(socket, "terminal:input", input)).success).toBe(true);
  await expect.poll(() => printed.test(screen)).toBe(true);
  socket.disconnect();
  const found = printed.exec(screen);
  if (found === null) throw new Error("it was there a moment ago");
  return found;
}

describe("holdfast serve --demo", () => {
  test("has a sample project with tasks, sessions and a real shell, and ends with its agent on SIGTERM", async () => {
    const { server, url, agentPid } = await startDemo(await scratchFolder());
    const items = async (name: string) => (await ask(`${url}/api/${name}?projectId=demo`)).json().items;
    expect(await items("projects")).toHaveLength(1);
    expect(await items("tasks")).toHaveLength(6);
    expect(await items("team-members")).toHaveLength(1);
    expect((await items("sessions")).map(({ id }: { id: string }) => id).sort()).toEqual(["notes", "shell"]);
    await typed(url, "echo $((6*7))", /[\r\n]42\r\n/);
    server.child.kill("SIGTERM");
    expect(await server.finished()).toMatchObject({ code: 0, stderr: "" });
    expect(isAlive(agentPid)).toBe(false);
  });

  test("outlives kill -9 of the server: the same shell, and the data", async () => {
    const folder = await scratchFolder();
    const first = await startDemo(folder);
    const [, pid] = await typed(first.url, "echo pid=$$", /pid=(\d+)\r\n/);
    await ask(`${first.url}/api/tasks/install?projectId=demo`, { method: "DELETE" });
    first.server.child.kill("SIGKILL");
    await first.server.finished();
    expect(isAlive(first.agentPid)).toBe(true);

    const second = await startDemo(folder, new URL(first.url).port);
    expect(second.url).toBe(first.url);
    expect(second.agentPid).toBe(first.agentPid);
    const [, again] = await typed(second.url, "echo again=$$", /again=(\d+)\r\n/);
    expect(again).toBe(pid);
    // Seeded once: what a user removed stays removed.
    expect((await ask(`${second.url}/api/tasks?projectId=demo`)).json().items).toHaveLength(5);
    second.server.child.kill("SIGTERM");
    await second.server.finished();
    expect(isAlive(second.agentPid)).toBe(false);
  });

  test("starts another agent when the port is another", async () => {
    const folder = await scratchFolder();
    const first = await startDemo(folder);
    first.server.child.kill("SIGKILL");
    await first.server.finished();
    const second = await startDemo(folder);
    expect(second.url).not.toBe(first.url);
    expect(isAlive(first.agentPid)).toBe(false);
    await typed(second.url, "echo $((6*7))", /[\r\n]42\r\n/);
  });
});
