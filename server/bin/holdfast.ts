#!/usr/bin/env node
import { runCommandLine } from "./run-command-line.ts";

/** What a command left behind (a step of a shutdown that took too long) may not keep it from ending. */
const LINGER_MS = 500;

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
});
setTimeout(() => process.exit(), LINGER_MS).unref();
