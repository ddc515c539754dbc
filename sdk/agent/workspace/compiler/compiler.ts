import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Diagnostic, readCompilerLine } from "./parse-diagnostics.ts";

/** A compiler that says nothing this long after a save has not noticed it: its own watching does not work here. */
const DEAF_MS = 2_000;
/** Saves that come together are one run of a compiler that has to be started for it. */
const SETTLE_MS = 300;
/** One that ends by itself is started again this much later, and not more often than this. */
const RESTART_MS = 5_000;
/** More are counted and not told. */
const MAX_DIAGNOSTICS = 200;
/** Ends what does not end by itself. */
const KILL_MS = 2_000;

export interface CompilerOptions {
  readonly folder: string;
  /** Path of `tsc.js`. */
  readonly program: string;
  /** After each run: all there is to say, the first 200 of it. */
  readonly onRun: (diagnostics: readonly Diagnostic[], total: number) => void;
  readonly onError: (error: unknown) => void;
}

export interface Compiler {
  /** A file it may depend on was saved. */
  saved(): void;
  close(): Promise<void>;
}

/**
 * Runs `tsc --watch` over a folder. Where it does not notice saves by itself (its way of watching is not available on
 * every file system, as in some containers) it is started anew for them.
 */
export function startCompiler({ folder, program, onRun, onError }: CompilerOptions): Compiler {
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let restarting: Promise<void> = Promise.resolve();
  let isDeaf = false;
  let isClosed = false;

  const after = (delayMs: number, task: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(task, delayMs);
  };

  const start = (): void => {
    const args = [program, "--watch", "--noEmit", "--pretty", "false", "--preserveWatchOutput", "-p", folder];
    // The folder's own TypeScript is the folder's code: what this watcher signs in with is none of its business.
    const env = { ...process.env, HOLDFAST_TOKEN: undefined };
    const started = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
    child = started;
    ended = new Promise((resolve) => {
      started.once("error", (error) => {
        onError(error);
        resolve();
      });
      started.once("close", () => {
        if (child === started && !isClosed) after(RESTART_MS, start);
        resolve();
      });
    });
    listen(started);
  };

  const listen = (started: ChildProcess): void => {
    let found: Diagnostic[] = [];
    let total = 0;
    if (started.stdout === null) return;
    createInterface({ input: started.stdout }).on("line", (text) => {
      if (child !== started || isClosed) return;
      const line = readCompilerLine(text);
      if (line.kind === "started") {
        clearTimeout(timer);
        found = [];
        total = 0;
      } else if (line.kind === "diagnostic") {
        total += 1;
        if (total <= MAX_DIAGNOSTICS) found.push(line.diagnostic);
      } else if (line.kind === "more" && total <= MAX_DIAGNOSTICS) {
        const last = found.pop();
        if (last !== undefined) found.push({ ...last, message: `${last.message}\n${line.text}` });
      } else if (line.kind === "finished") onRun(found, total);
    });
  };

  const end = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill("SIGTERM");
    const force = setTimeout(() => ending.kill("SIGKILL"), KILL_MS);
    await ended;
    clearTimeout(force);
  };

  /** One after the other, or a compiler would be left behind. */
  const restart = (): void => {
    restarting = restarting.then(async () => {
      await end();
      if (!isClosed) start();
    });
  };

  start();
  return {
    saved() {
      if (isClosed) return;
      if (isDeaf) after(SETTLE_MS, restart);
      else {
        after(DEAF_MS, () => {
          isDeaf = true;
          restart();
        });
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await restarting;
      await end();
    },
  };
}
