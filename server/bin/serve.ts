import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { LIMITS } from "../../sdk/protocol/index.ts";
import { SECRET_BYTES } from "../auth/jwt.ts";
import { isLoopbackHostname } from "../auth/loopback.ts";
import { type ServeFlags, serveFlags } from "../config.ts";
import { findPages } from "../http/pages.ts";
import { createServer, type Server, type ServerOptions } from "../index.ts";
import { untilSignal } from "../lifecycle.ts";
import { createLog } from "../ops/log.ts";
import { StoreOpenError } from "../store/store-open-error.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { AGENT_STOP_MS, type DemoAgents, startDemoAgents } from "./demo/agent-process.ts";
import { createControls } from "./demo/controls.ts";
import { seedDemo } from "./demo/seed.ts";
import { seedWorkspace, workspaceOf } from "./demo/workspace.ts";
import { listenOn } from "./listen-on.ts";
import { UsageError } from "./usage-error.ts";

export const command = defineCommand({
  name: "serve",
  summary: "the server: state, terminals and channels on one port",
  examples: [
    {
      line: "holdfast serve",
      does: "for programs of this machine, on http://127.0.0.1:3000, data in .holdfast",
    },
    { line: "holdfast serve --demo", does: "the same with a sample project, a shared shell and a page" },
    {
      line: "HOLDFAST_JWT_SECRET=… holdfast serve --host 0.0.0.0 --origin https://app.example.com",
      does: "for a network: everybody needs a token",
    },
  ],
  flags: serveFlags,
  async run({ flags, given, stdout, stderr, env }) {
    checkTogether(flags, env);
    const warn = (line: string): void => void stderr.write(`holdfast serve: ${line}\n`);
    if (flags.jwtSecret !== undefined && Buffer.byteLength(flags.jwtSecret) < SECRET_BYTES) {
      warn(
        `--jwt-secret is shorter than ${SECRET_BYTES} bytes and could be guessed; make one with: openssl rand -hex 32`,
      );
    }
    const server = await open(optionsOf(flags, env));
    let agents: DemoAgents | undefined;
    try {
      const { url, port } = await listenOn(server, flags, await tlsOf(flags), given.has("port"));
      if (port !== flags.port && flags.port !== 0) warn(`port ${flags.port} is taken; using ${port}`);
      if (flags.demo) {
        await seedDemo(server);
        await seedWorkspace(workspaceOf(resolve(flags.store)));
        agents = await startDemoAgents({
          folder: agentFolder(flags.store),
          workspace: workspaceOf(resolve(flags.store)),
          url,
          program: thisProgram(),
        });
      }
      stdout.write(`listening on ${url}\n`);
    } catch (error) {
      await server.close();
      throw error;
    }
    await untilSignal({
      signals: process,
      async shutdown() {
        await agents?.stop();
        await server.close();
      },
    });
    return 0;
  },
});

/** What no flag can know alone. */
function checkTogether(
  { host, jwtSecret, jwks, tlsCert, tlsKey, dev }: ServeFlags,
  env: CommandInput<unknown>["env"],
): void {
  const external = env["EXTERNAL_URL"] ?? "";
  if (external !== "" && !/^https?:$/.test(URL.canParse(external) ? new URL(external).protocol : "")) {
    throw new UsageError(`EXTERNAL_URL ${external} is no URL; write it as https://live.example.com`);
  }
  if (jwtSecret !== undefined && jwks !== undefined) {
    throw new UsageError("--jwt-secret and --jwks exclude each other; give one");
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError(
      `${tlsCert === undefined ? "--tls-key needs --tls-cert" : "--tls-cert needs --tls-key"} FILE`,
    );
  }
  if (dev !== undefined && !isLoopbackHostname(host)) {
    throw new UsageError(`--dev shows ${dev} to this machine, not to ${host}; leave out --dev or --host`);
  }
  if (dev !== undefined && !existsSync(dev)) throw new UsageError(`--dev ${dev} is not there; name a folder`);
  if (!isLoopbackHostname(host) && jwtSecret === undefined && jwks === undefined) {
    throw new UsageError(
      `--host ${host} would let in everybody who can reach it; add --jwt-secret or --jwks, or listen on 127.0.0.1`,
    );
  }
}

function optionsOf(flags: ServeFlags, env: CommandInput<unknown>["env"]): ServerOptions {
  const { jwtSecret, jwks, issuer, audience, localTrust, store, origin, defaultAccess, logLevel, demo } =
    flags;
  const { pingIntervalMs, pingTimeoutMs } = flags;
  const { demo: page, ...pages } = findPages();
  const claims = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const external = env["EXTERNAL_URL"];
  const hasVerifier = jwtSecret !== undefined || jwks !== undefined;
  // A demo for this machine shows tokens too: with a secret that nobody knows and that dies with the process.
  const demoSecret = demo && !hasVerifier ? randomBytes(SECRET_BYTES).toString("hex") : undefined;
  const workspace = workspaceOf(resolve(store));
  const watched = flags.dev ?? (demo && isLoopbackHostname(flags.host) ? workspace : undefined);
  const controls = createControls({ secret: demoSecret, env, workspace });
  return {
    store,
    origins: origin,
    ...(external === undefined || external === "" ? {} : { externalUrl: external }),
    defaultAccess,
    logger: createLog({ level: logLevel }),
    pages: { ...pages, ...(demo && page !== undefined ? { demo: page, controls } : {}) },
    limits: {
      ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
      ...(pingTimeoutMs === undefined ? {} : { pingTimeoutMs }),
      ...(demo ? { shutdownMs: LIMITS.shutdownMs - AGENT_STOP_MS } : {}),
    },
    ...(localTrust === undefined ? {} : { localTrust }),
    ...(watched === undefined ? {} : { watched }),
    ...(demoSecret === undefined ? {} : { auth: { secret: demoSecret }, localTrust: localTrust ?? true }),
    ...(jwtSecret === undefined ? {} : { auth: { secret: jwtSecret, ...claims } }),
    ...(jwks === undefined ? {} : { auth: { jwksUrl: jwks, ...claims } }),
  };
}

async function open(options: ServerOptions): Promise<Server> {
  try {
    return await createServer(options);
  } catch (error) {
    if (error instanceof StoreOpenError)
      throw new Error(`${error.message}; ${error.remedy}`, { cause: error });
    throw error;
  }
}

async function tlsOf({ tlsCert, tlsKey }: ServeFlags): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const read = (flag: string, path: string): Promise<Buffer> =>
    readFile(path).catch((error: Error) => {
      throw new Error(`${flag} cannot be read (${error.message}); check the path and its permissions`);
    });
  return { cert: await read("--tls-cert", tlsCert), key: await read("--tls-key", tlsKey) };
}

/** The store's folder; a store without one leaves the note of the demo's agent in the user's own temporary folder. */
function agentFolder(store: string): string {
  const hasFolder = store !== "memory" && !/^rediss?:/.test(store);
  return hasFolder ? resolve(store) : join(tmpdir(), `holdfast-demo-${userInfo().uid}`);
}

function thisProgram(): [string, ...string[]] {
  const [, script] = process.argv;
  return [process.execPath, ...process.execArgv, ...(script === undefined ? [] : [script])];
}
