import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../setup/free-port.ts";
import { elapse } from "../../support/elapse.ts";

/** A load balancer that others wrote, run with the file of the example. */
export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

export type FrontName = keyof typeof FRONTS;

const UP_MS = 20_000;

const FRONTS = {
  nginx: {
    file: "nginx.conf",
    /** Where it may write, since it may not be root. */
    adapt: (config: string, folder: string) =>
      replaced(config, "http {", [
        "http {",
        "access_log off;",
        ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
          (kind) => `${kind}_temp_path ${folder}/${kind};`,
        ),
      ]),
    args: (file: string, folder: string) => [
      ...["-p", folder, "-c", file, "-e", "stderr"],
      ...["-g", `daemon off; pid ${folder}/nginx.pid;`],
    ],
    listens: (port: number) => ["listen 8080;", `listen 127.0.0.1:${port};`],
  },
  caddy: {
    file: "Caddyfile",
    adapt: (config: string) => `{\n\tadmin off\n}\n${config}`,
    args: (file: string) => ["run", "--config", file, "--adapter", "caddyfile"],
    listens: (port: number) => [":8080 {", `http://127.0.0.1:${port} {`],
  },
} as const;

/** Whether the program is on this machine; nothing installs it. */
export function isInstalled(name: FrontName): boolean {
  const { error } = spawnSync(name, [name === "nginx" ? "-v" : "version"], { stdio: "ignore" });
  return error === undefined;
}

/** @param servers ports, in place of the two of the example */
export async function startFront(name: FrontName, servers: readonly [number, number]): Promise<Front> {
  const { file, adapt, args, listens } = FRONTS[name];
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  const port = await freePort();
  const example = fileURLToPath(new URL(`../../../examples/two-nodes/${file}`, import.meta.url));
  let config = adapt(await readFile(example, "utf8"), folder);
  const [before, after] = listens(port);
  config = replaced(config, before ?? "", [after ?? ""]);
  for (const [index, server] of servers.entries())
    config = replaced(config, `127.0.0.1:${3001 + index}`, [`127.0.0.1:${server}`]);
  const path = join(folder, file);
  await writeFile(path, config);

  const child = spawn(name, args(path, folder), {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  const late = performance.now() + UP_MS;
  while ((await statusOf(`${url}/readyz`)) !== 200) {
    if (child.exitCode !== null || performance.now() > late) {
      child.kill("SIGKILL");
      throw new Error(`${name} does not serve: ${said}`);
    }
    await elapse(50);
  }
  return {
    url,
    async stop() {
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(force);
}

/** @throws Error when the example is another than it was */
function replaced(config: string, what: string, by: readonly string[]): string {
  if (!config.includes(what)) throw new Error(`the example has no ${what}`);
  return config.replace(what, by.join("\n"));
}

async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ status }) => status,
    () => undefined,
  );
}
