import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BENCHES, type Bench } from "./catalogue.ts";

/*
 * `npm run bench` names the benches there are; `npm run bench -- reconnect live-event` runs those, `-- all` every one,
 * one after the other. What they print is kept in `.build/bench/<name>.txt`, their numbers in `.build/bench/<name>.json`.
 */

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("..", import.meta.url));
const results = fileURLToPath(new URL("../.build/bench/", import.meta.url));
const peers = fileURLToPath(new URL("peers/", import.meta.url));

/** Runs a command, shows what it prints and gives it back. @throws Error when it leaves with another code than 0 */
function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")} left with code ${code}`));
    });
  });
}

/** Those that cannot be had (no network) are left out of the tables by the benches themselves. */
async function installPeers(): Promise<void> {
  if (existsSync(`${peers}node_modules`)) return;
  console.log("Installing bench/peers …");
  try {
    await run("npm", ["ci", "--ignore-scripts"], peers);
  } catch (error) {
    console.error(`bench/peers cannot be installed, its columns are missing: ${String(error)}`);
  }
}

async function measure({ name, about, script, hasPeers }: Bench): Promise<void> {
  console.log(`\n# ${name}: ${about}`);
  if (hasPeers) await installPeers();
  const vitest = ["vitest", "bench", "--run", "--config", "test/vitest.bench.config.ts", `bench/${script}`];
  const output = script.endsWith(".bench.ts")
    ? await run("npx", vitest, root)
    : await run(process.execPath, [`${here}${script}`], root);
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}${name}.txt`, output);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => name !== "all" && !BENCHES.some((bench) => bench.name === name));
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no bench ${unknown.join(", ")}.`);
  console.log("npm run bench -- all, or any of:");
  for (const { name, about } of BENCHES) console.log(`  ${name.padEnd(24)}${about}`);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
  for (const bench of BENCHES) {
    if (!wanted.includes("all") && !wanted.includes(bench.name)) continue;
    try {
      await measure(bench);
    } catch (error) {
      console.error(`${bench.name}: ${String(error)}`);
      process.exitCode = 1;
    }
  }
}
