/*
 * `node bench/watch.ts`: how soon a save in a repository of 10,000 files is heard by a page, through
 * `holdfast watch` and `holdfast serve` as processes of their own. What is measured begins when the write is done and
 * ends when a bare socket.io client, in this process, has the event.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { io, type Socket } from "socket.io-client";
import { median, report } from "./report.ts";

const FILES = 10_000;
const FOLDERS = 200;
const SAVES = 100;
const COMMITS = 20;
const BURST = 150;
const REACH_MS = 100;

const HOLDFAST = fileURLToPath(new URL("../server/bin/holdfast.ts", import.meta.url));
const running: ChildProcess[] = [];

const pathOf = (n: number): string => `src/${n % FOLDERS}/${n}.js`;

function fill(folder: string): void {
  for (let n = 0; n < FOLDERS; n += 1) mkdirSync(join(folder, `src/${n}`), { recursive: true });
  for (let n = 0; n < FILES; n += 1) {
    writeFileSync(join(folder, pathOf(n)), `export const n = ${n};\n`.repeat(1 + (n % 60)));
  }
}

function git(folder: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: folder });
}

async function start(...args: string[]): Promise<{ line: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [HOLDFAST, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return { line, child };
}

async function register(url: string): Promise<Socket> {
  const socket = io(`${url}/`, { transports: ["websocket"], auth: { projectId: "bench" } });
  const recipient = { cdObjId: { resourceGuid: "bench" } };
  await socket.timeout(5_000).emitWithAck("register-client", { pushData: { pushRecepients: [recipient] } });
  return socket;
}

interface Save {
  readonly path: string;
}

/** Milliseconds from when `act` is done until a save of `path` is heard. */
function heard(socket: Socket, path: string, act: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${path} was not heard of`)), 10_000);
    const listen = (save: Save): void => {
      if (save.path !== path) return;
      socket.off("push-dev-save", listen);
      clearTimeout(late);
      resolve(performance.now() - savedAt);
    };
    socket.on("push-dev-save", listen);
    act();
    const savedAt = performance.now();
  });
}

async function measure(folder: string, socket: Socket) {
  const saves: number[] = [];
  const atomic: number[] = [];
  for (let n = 0; n < SAVES; n += 1) {
    const path = pathOf((n * 7_919) % FILES);
    const full = join(folder, path);
    const text = `export const saved = ${n};\n`;
    saves.push(await heard(socket, path, () => writeFileSync(full, text)));
    atomic.push(
      await heard(socket, path, () => {
        writeFileSync(`${full}.tmp`, `${text}// again\n`);
        renameSync(`${full}.tmp`, full);
      }),
    );
  }
  return { saves, atomic };
}

async function measureBurst(folder: string, socket: Socket): Promise<number[]> {
  const startedAt = performance.now();
  const times = await Promise.all(
    Array.from({ length: BURST }, (_, n) => {
      const path = pathOf(n * 13);
      return heard(socket, path, () => writeFileSync(join(folder, path), `burst ${n}\n`));
    }),
  );
  return [...times, performance.now() - startedAt];
}

async function measureGit(folder: string, page: Socket): Promise<number[]> {
  await page.timeout(5_000).emitWithAck("channel:subscribe", { channel: "git" });
  const times: number[] = [];
  for (let n = 0; n < COMMITS; n += 1) {
    const event = once(page as never, "channel:event");
    git(folder, "commit", "--quiet", "--allow-empty", `--message=commit ${n}`);
    const doneAt = performance.now();
    await event;
    times.push(performance.now() - doneAt);
  }
  return times;
}

/** Peak resident memory of a process, MiB. */
function peakMib(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function row(name: string, times: readonly number[]): string[] {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return [name, String(times.length), median(times).toFixed(1), at(0.99), at(1)];
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  fill(folder);
  git(folder, "init", "--quiet", "--initial-branch=main");
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message=all");
  const { line } = await start("serve", "--port", "0", "--store", "memory");
  const url = line.replace("listening on ", "");
  const scanAt = performance.now();
  const { child } = await start("watch", folder, "--project", "bench", "--url", url);
  const scanMs = performance.now() - scanAt;
  const socket = await register(url);
  const page = io(`${url}/ui`, { transports: ["websocket"], auth: { projectId: "bench" } });

  const { saves, atomic } = await measure(folder, socket);
  const commits = await measureGit(folder, page);
  const burst = await measureBurst(folder, socket);
  const total = burst.pop() ?? Number.NaN;
  report("watch", [
    {
      title: `A repository of ${FILES} files: from the save to who hears it`,
      columns: ["", "n", "p50 ms", "p99 ms", "max ms"],
      rows: [
        row("save", saves),
        row("save by rename", atomic),
        row("git commit", commits),
        row(`${BURST} saves at once (all heard after ${total.toFixed(0)} ms)`, burst),
      ],
      reaches: [
        { what: "first event after a save, p50", value: median(saves), atMost: REACH_MS, unit: " ms" },
      ],
    },
    {
      title: "What the watcher costs",
      columns: ["", ""],
      rows: [
        ["from the start of the process to the end of the first scan", `${scanMs.toFixed(0)} ms`],
        ["peak resident memory", `${peakMib(child).toFixed(0)} MiB`],
      ],
    },
  ]);
  socket.close();
  page.close();
} finally {
  for (const child of running) {
    if (child.kill("SIGTERM")) await once(child, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
