/* `npm start`: installs and builds what is out of date, then runs the reference server with its demo. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { ownPath, root } from "./run.mjs";

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

/** A server that dies sooner than this, in milliseconds, is not started again: it would die again. */
const RESTART_MS = 1_000;
let server;

/** The demo page can kill the server under it: then it is started again, as a supervisor would. */
function startServer() {
  const startedAt = Date.now();
  server = spawn("node", ["dist/bin/holdfast.js", "serve", "--demo", ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, PATH: ownPath, HOLDFAST_SUPERVISED: "1" },
    stdio: "inherit",
  });
  server.on("exit", (code, signal) => {
    const isCrash = signal === "SIGKILL" && Date.now() - startedAt > RESTART_MS;
    if (isCrash) {
      console.error("holdfast: the server was killed; starting it again");
      return startServer();
    }
    clearInterval(orphaned);
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // Ctrl-C reaches every process of the terminal's group, the server too: a second one would cut its shutdown short.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    server.kill(signal);
  });
}
// npm runs scripts through a shell, and a shell that is killed tells its children nothing.
const parent = process.ppid;
const orphaned = setInterval(() => {
  if (process.env.npm_lifecycle_event === "start" && process.ppid !== parent) server.kill("SIGTERM");
}, 500);
startServer();
