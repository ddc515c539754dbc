import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { listenOn } from "../../server/bin/listen-on.ts";
import { ask, connected, startServer } from "../gateway/running-server.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { runCommand, scratchFolder } from "./command-process.ts";

/** Everything that is misused ends with exactly one line on stderr. */
const ONE_LINE = /^holdfast[^\n]+\n$/;

async function busyPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("holdfast serve", () => {
  test("prints one line when it is ready, and ends with 0 on SIGTERM", async () => {
    const server = runCommand(["serve", "--port", "0", "--store", await scratchFolder()]);
    const line = await server.firstLine();
    expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
    const url = line.replace("listening on ", "");
    expect((await ask(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    expect((await ask(`${url}/readyz`)).status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.finished()).toEqual({ code: 0, stdout: `${line}\n`, stderr: "" });
  });

  test("ends with 0 on SIGINT, with clients connected, however often it is told", async () => {
    const server = runCommand(["serve", "--port", "0", "--store", "memory"]);
    const url = (await server.firstLine()).replace("listening on ", "");
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    const gone = once(socket as never, "disconnect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    server.child.kill("SIGINT");
    server.child.kill("SIGINT");
    await gone;
    expect(await server.finished()).toMatchObject({ code: 0, stderr: "" });
  });

  test("with --port in use ends with 1 and one line", async () => {
    const port = await busyPort();
    const { code, stdout, stderr } = await runCommand([
      "serve",
      "--store",
      "memory",
      "--port",
      String(port),
    ]).finished();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `holdfast serve: port ${port} is in use; stop what listens there, or give another --port\n`,
    );
  });

  test("without --port goes on to the next free one", async () => {
    const port = await busyPort();
    const { server } = await startServer();
    const listening = await listenOn(server, { host: "127.0.0.1", port }, undefined, false);
    expect(listening.port).toBeGreaterThan(port);
    expect((await ask(`${listening.url}/healthz`)).status).toBe(200);
  });

  test("with a store that another process has ends with 1 and one line", async () => {
    const folder = await scratchFolder();
    const first = runCommand(["serve", "--port", "0", "--store", folder]);
    await first.firstLine();
    const { code, stdout, stderr } = await runCommand(["serve", "--port", "0", "--store", folder]).finished();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(folder);
  });

  test("with a data folder that cannot be ends with 1 and one line", async () => {
    const file = join(await scratchFolder(), "file");
    await writeFile(file, "not a folder");
    const { code, stdout, stderr } = await runCommand([
      "serve",
      "--port",
      "0",
      "--store",
      join(file, "x"),
    ]).finished();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(ONE_LINE);
  });

  test("with a certificate that cannot be read ends with 1 and one line", async () => {
    const args = [
      "serve",
      "--port",
      "0",
      "--store",
      "memory",
      "--tls-cert",
      "/nowhere/c",
      "--tls-key",
      "/nowhere/k",
    ];
    const { code, stderr } = await runCommand(args).finished();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdfast serve: --tls-cert cannot be read[^\n]+\n$/);
  });

  test.each([
    [["serve", "--prot", "1"], "did you mean --port?"],
    [["serve", "--port", "x"], "a port is a number from 0 to 65535"],
    [["serve", "stray"], '"stray" is one argument too many'],
    [["serve", "--host", "0.0.0.0"], "--jwt-secret or --jwks"],
    [["serve", "--host", "example.com", "--local-trust"], "--jwt-secret or --jwks"],
    [["serve", "--tls-cert", "c"], "--tls-cert needs --tls-key"],
    [["serve", "--jwt-secret", "a", "--jwks", "https://a.com"], "exclude each other"],
    [["srve"], "did you mean serve?"],
    [["token", "--sub", "a", "--jwt-secret", "s"], "--project is missing"],
  ])("%j ends with 2 and one line that names the mend", async (args, mend) => {
    const { code, stdout, stderr } = await runCommand(args).finished();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(mend);
  });

  test("takes its flags from the environment", async () => {
    const server = runCommand(["serve"], {
      HOLDFAST_PORT: "0",
      HOLDFAST_STORE: "memory",
      HOLDFAST_LOCAL_TRUST: "no",
    });
    const url = (await server.firstLine()).replace("listening on ", "");
    expect((await ask(`${url}/api/tasks`)).json()).toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

test("holdfast without a command, or with --help, shows what there is", async () => {
  const [bare, help, serve] = await Promise.all([
    runCommand([]).finished(),
    runCommand(["--help"]).finished(),
    runCommand(["serve", "--help"]).finished(),
  ]);
  expect(bare.code).toBe(2);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("holdfast serve --demo");
  expect(serve).toMatchObject({ code: 0, stderr: "" });
  expect(serve.stdout).toMatch(/--jwt-secret SECRET[\s\S]*Examples:/);
});

test("holdfast token makes a token that the server takes", async () => {
  const secret = "a secret that is long enough for HS256";
  const { url } = await startServer({ auth: { secret } });
  const args = ["token", "--sub", "ada", "--project", "p1", "--role", "viewer"];
  const { code, stdout } = await runCommand(args, { HOLDFAST_JWT_SECRET: secret }).finished();
  expect(code).toBe(0);
  const { status } = await connected(url, "/ui", { auth: { token: stdout.trim(), projectId: "p1" } });
  expect(status).toMatchObject({ userId: "ada", role: "viewer" });
});

test("holdfast status says what a server is doing, and ends with 1 when none answers", async () => {
  const { url, server } = await startServer();
  await connected(url, "/ui", { auth: { projectId: "p1" } });
  const shown = await runCommand(["status", "--url", url]).finished();
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toContain(`server ${server.serverId}`);
  expect(shown.stdout).toMatch(/\/ui +1 connected/);
  const none = await runCommand(["status", "--url", `http://127.0.0.1:${await busyPort()}`]).finished();
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toMatch(ONE_LINE);
});
