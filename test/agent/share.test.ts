import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "../../server/bin/demo/process-signal.ts";
import { runCommand, scratchFolder } from "../bin/command-process.ts";
import { type Acked, connected, requested, startServer } from "../gateway/running-server.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { serve, textOf, until, untilText, view } from "../terminal/shared-shell.ts";
import { join, untilStatus } from "./project.ts";

const PROGRAM = fileURLToPath(new URL("../../server/bin/holdfast.ts", import.meta.url));

const shareArgs = (url: string, ...command: string[]): string[] => [
  ...["share", "--project", "p1", "--session", "s1", "--url", url],
  ...["--", ...command],
];
const share = (url: string, ...command: string[]) => runCommand(shareArgs(url, ...command));

/**
 * Watches `s1` to its end. Every byte that comes has to be the one of `printed` at its offset, and nothing may be left
 * out but by a reset, which brings a machine forward that is too slow for all of it.
 */
async function watchToEnd(url: string, printed: Buffer): Promise<{ end: number; exitCode: number | null }> {
  const { socket } = await connected(url, "/terminal", { auth: { projectId: "p1", protocol: 1 } });
  const problems: string[] = [];
  let at = 0;
  const move = (epoch: string, offset: number): void => {
    at = offset;
    socket.emit("terminal:ack", { sessionId: "s1", epoch, offset });
  };
  socket.on("terminal:reset", ({ epoch, offset }: { epoch: string; offset: number }) => {
    if (offset < at) problems.push(`a reset back to ${offset} from ${at}`);
    move(epoch, offset);
  });
  socket.on("terminal:output", (told: { epoch: string; offset: number; data: Uint8Array }) => {
    const { epoch, offset, data } = told;
    if (offset !== at) problems.push(`output at ${offset}, expected ${at}`);
    if (!printed.subarray(offset, offset + data.length).equals(data))
      problems.push(`other bytes at ${offset}`);
    move(epoch, offset + data.length);
  });
  const exit = once(socket as never, "terminal:exit", { signal: AbortSignal.timeout(2 * PATIENCE_MS) });
  const watch = { sessionId: "s1", encoding: "binary", window: 524_288 };
  await expect
    .poll(async () => {
      const watched = (await requested(socket, "terminal:watch", watch)) as Acked & { offset?: number };
      at = watched.offset ?? 0;
      return watched.success;
    })
    .toBe(true);
  await requested(socket, "terminal:input", { sessionId: "s1", input: "\r" });
  const [{ exitCode }] = (await exit) as [{ exitCode: number | null }];
  expect(problems).toEqual([]);
  return { end: at, exitCode };
}

/** `holdfast share` inside a terminal of its own, as a person runs it. */
function shareInTerminal(url: string, ...command: string[]) {
  const outer = spawn(process.execPath, [PROGRAM, ...shareArgs(url, ...command)], {
    cols: 90,
    rows: 20,
    env: { ...process.env, PS1: "% ", HISTFILE: "" },
  });
  let screen = "";
  outer.onData((data) => {
    screen += data;
  });
  const exited = new Promise<{ exitCode: number; signal?: number }>((resolve) => outer.onExit(resolve));
  onTestFinished(async () => {
    outer.kill("SIGKILL");
    await exited;
  });
  return {
    outer,
    exited,
    screen: () => screen,
    untilShown: (text: string) => expect.poll(() => screen).toContain(text),
  };
}

describe("holdfast share", () => {
  it.each([
    [7, ["sh", "-c", "exit 7"]],
    [0, ["true"]],
    [128 + 15, ["sh", "-c", "kill -TERM $$"]],
    [128 + 9, ["sh", "-c", "kill -KILL $$"]],
  ])("ends with %i as its command does: %j", async (code, command) => {
    const { url } = await startServer();
    expect((await share(url, ...command).finished()).code).toBe(code);
  });

  it("with a command that is not there ends as a shell does, and says so in one line", async () => {
    const { url } = await startServer();
    const { code, stderr } = await share(url, "no-such-command").finished();
    expect({ code, stderr }).toEqual({
      code: 127,
      stderr: "holdfast share: no-such-command: command not found in PATH\n",
    });
    const text = joinPath(await scratchFolder(), "text");
    await writeFile(text, "no program", { mode: 0o644 });
    const refused = await share(url, text).finished();
    expect(refused).toMatchObject({ code: 126, stderr: `holdfast share: ${text} may not be executed\n` });
  });

  it("shows a program whole that ends at once, here and to whoever comes then", async () => {
    const { port } = await serve();
    const { code, stdout } = await share(`http://127.0.0.1:${port}`, "printf", "at once").finished();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "at once" });
    const late = view(port);
    await until(late, () => late.attachment.getSnapshot().status === "exited");
    await untilText(late, /^at once$/m);
  });

  it("brings 5 MB to a viewer, exact, and then the exit", async () => {
    const { url } = await startServer();
    const count = 100_000;
    const line = "%06.0f: what a program prints must come whole, once";
    const lines = Array.from(
      { length: count },
      (_, index) => `${line.replace("%06.0f", String(index + 1).padStart(6, "0"))}\r\n`,
    );
    const printed = Buffer.from(`ready${lines.join("")}`);
    const shared = share(
      url,
      "sh",
      "-c",
      `stty -echo; printf ready; head -c1 >/dev/null; seq -f '${line}' 1 ${count}; exit 5`,
    );
    // It waits for the end of a line, so that nothing more is printed before somebody watches; typed any sooner, that
    // would be echoed.
    await expect.poll(() => shared.output().stdout).toBe("ready");
    expect(await watchToEnd(url, printed)).toEqual({ end: printed.length, exitCode: 5 });
    const { code, stdout } = await shared.finished();
    expect(code).toBe(5);
    expect(stdout === printed.toString()).toBe(true);
  });

  it("runs its command to the end, with all it prints, where there is no server", async () => {
    const { code, stdout } = await share("http://127.0.0.1:9", "sh", "-c", "seq 1 200000; exit 4").finished();
    expect(code).toBe(4);
    expect(stdout.length).toBe(1_488_895);
    expect(stdout.endsWith("200000\r\n")).toBe(true);
  });

  it("on SIGTERM ends its command, also one that does not care for a closed terminal", async () => {
    const { url } = await startServer();
    const shared = share(url, "sh", "-c", "trap '' HUP TERM; echo pid=$$.; while :; do sleep 1; done");
    await expect.poll(() => shared.output().stdout).toMatch(/pid=\d+\./);
    const pid = Number(/pid=(\d+)\./.exec(shared.output().stdout)?.[1]);
    expect(isAlive(pid)).toBe(true);
    shared.child.kill("SIGTERM");
    expect((await shared.finished()).code).toBe(128 + 9);
    expect(isAlive(pid)).toBe(false);
  });
});

describe("holdfast share and its server", () => {
  it("type once what a viewer sends again because the server was killed before it could answer", async () => {
    const folder = await scratchFolder();
    const serving = async (port: string) => {
      const server = runCommand(["serve", "--port", port, "--store", folder]);
      return { server, url: (await server.firstLine()).replace("listening on ", "") };
    };
    const first = await serving("0");
    const shared = share(first.url, "sh", "-c", "stty -echo; while read line; do echo got-$line.; done");
    const type = async (input: string, inputSeq: number): Promise<void> => {
      const { socket } = await connected(first.url, "/terminal", { auth: { projectId: "p1", protocol: 1 } });
      const send = () =>
        requested(socket, "terminal:input", { sessionId: "s1", input, inputSeq, viewerId: "ann" });
      await expect.poll(async () => (await send()).success).toBe(true);
      socket.disconnect();
    };
    const untilPrinted = (text: string) => expect.poll(() => shared.output().stdout).toContain(text);
    await type("one\r", 1);
    await untilPrinted("got-one.");
    first.server.child.kill("SIGKILL");
    await first.server.finished();
    await serving(new URL(first.url).port);
    await type("one\r", 1);
    await type("two\r", 2);
    await untilPrinted("got-two.");
    expect(shared.output().stdout.match(/got-one\./g)).toHaveLength(1);
  });

  it.each([
    ["completed", "exit 0"],
    ["failed", "exit 3"],
  ])("tell that the session has %s, by the exit code", async (status, command) => {
    const { url } = await startServer();
    const client = await join(url);
    await share(url, "sh", "-c", command).finished();
    await untilStatus(client, "s1", status);
  });

  it("leave a session deleted that was deleted while its program runs; the program goes on", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const shared = share(url, "sh", "-c", "stty -echo; while read line; do echo got-$line.; done; cat");
    await untilStatus(client, "s1", "working");
    await client.sessions.remove("s1").acknowledged;
    await expect
      .poll(() => shared.output().stderr)
      .toContain("the session was deleted; this is no longer shared");
    expect(shared.child.exitCode).toBe(null);
    expect(client.sessions.get("s1")).toBeUndefined();
  });
});

describe("holdfast share in a terminal", () => {
  it("is as if it were not there: keys, screen, size and its changes, exit code", async () => {
    const { port } = await serve();
    const { outer, exited, screen, untilShown } = shareInTerminal(
      `http://127.0.0.1:${port}`,
      "bash",
      "--norc",
      "--noprofile",
    );
    await untilShown("% ");
    outer.write("echo size=$(stty size). token=[$HOLDFAST_TOKEN]\r");
    await untilShown("size=20 90. token=[]");
    const viewer = view(port);
    await untilText(viewer, /^size=20 90\./m);
    expect([viewer.terminal.cols, viewer.terminal.rows]).toEqual([90, 20]);

    outer.resize(70, 15);
    await until(viewer, () => viewer.terminal.cols === 70 && viewer.terminal.rows === 15);
    outer.write("echo now=$(stty size).\r");
    await untilShown("now=15 70.");
    viewer.attachment.resize(40, 10);
    // ^C reaches the program, not the command around it, and a key press arrives as it is.
    outer.write("echo sle$((1))ps; sleep 100\r");
    await untilShown("sle1ps");
    outer.write("\x03");
    await untilShown("^C");
    outer.write("echo after=$?.; stty -echo raw; printf 'up\\ndown\\n'; head -c3 | od -An -tx1; stty sane\r");
    await untilShown("after=130.");
    // The program is in raw mode now: no line feed gets company on its way.
    await untilShown("up\ndown\n");
    outer.write("\x1b[A");
    await untilShown("1b 5b 41");
    viewer.attachment.write("echo from-$((1))-elsewhere\r");
    await untilShown("from-1-elsewhere");
    outer.write("echo still=$(stty size).; exit 3\r");
    expect((await exited).exitCode).toBe(3);
    expect(screen()).toContain("still=15 70.");
    expect(screen()).not.toContain("holdfast");
    await untilText(viewer, /^still=15 70\./m);
    expect(textOf(viewer.terminal)).toContain("from-1-elsewhere");
  });

  it("says at its end that nobody could see it, and does not before", async () => {
    const { exited, screen } = shareInTerminal("http://127.0.0.1:9", "sh", "-c", "echo alone; exit 2");
    expect((await exited).exitCode).toBe(2);
    expect(screen()).toMatch(/^alone\r\nholdfast share: this was not shared: [^\n]+\r\n$/);
  });
});
