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

const server = spawn("node", ["dist/bin/holdfast.js", "serve", "--demo", ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, PATH: ownPath },
  stdio: "inherit",
});
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
server.on("exit", (code, signal) => {
  clearInterval(orphaned);
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
