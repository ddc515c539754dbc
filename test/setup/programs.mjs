import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { run, runOrThrow, step } from "./run.mjs";

/**
 * Programs the tests run that npm does not install. `env` names the program outright; `names` are looked up in PATH.
 */
const programs = [
  { env: "REDIS_SERVER", names: ["redis-server"], apt: "redis-server" },
  {
    env: "CHROMIUM_PATH",
    names: [
      ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    apt: "chromium",
  },
];

/**
 * Finds redis-server and Chromium, gets them with apt-get where it may.
 * @returns environment variables that name them
 * @throws Error of one line that names what to install
 */
export async function ensurePrograms() {
  const missing = programs.filter((program) => find(program) === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ apt }) => apt);
    const mayInstall = process.getuid?.() === 0 && find({ names: ["apt-get"] }) !== undefined;
    if (!mayInstall) throw new Error(toInstall(names));
    await step(`apt-get`, async () => {
      await aptGet(names);
      return names.join(", ");
    });
    if (missing.some((program) => find(program) === undefined)) throw new Error(toInstall(names));
  }
  return Object.fromEntries(programs.map((program) => [program.env, find(program)]));
}

function toInstall(names) {
  return `Install ${names.join(" and ")} (Debian: apt-get install ${names.join(" ")}), or name them with ${programs
    .filter(({ apt }) => names.includes(apt))
    .map(({ env }) => env)
    .join(" and ")}.`;
}

async function aptGet(names) {
  // RUNLEVEL=1: the package must not start a redis service of its own.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  // A mirror that does not answer is no reason to stop while the lists at hand may do.
  await run("apt-get", ["update", "-q"], { env });
  await runOrThrow("apt-get", ["install", "-qy", "--no-install-recommends", ...names], { env });
}

function find({ env, names }) {
  const chosen = env === undefined ? undefined : process.env[env];
  const candidates = chosen ? [chosen] : names;
  return candidates.flatMap(inPath).find(isExecutable);
}

function inPath(name) {
  if (isAbsolute(name)) return [name];
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
