import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer } from "../../server/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import {
  ask,
  connected,
  event,
  openClient,
  refusal,
  requested,
  startServer,
  upgrade,
} from "./running-server.ts";
import { selfSigned } from "./self-signed.ts";

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-serving-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("beside somebody's Express application", () => {
  async function beside() {
    const app = express();
    app.get("/", (_request, response) => void response.send("theirs"));
    app.get("/api/own", (_request, response) => void response.json({ theirs: true }));
    const httpServer = createHttpServer(app).listen(0, "127.0.0.1");
    await once(httpServer, "listening");
    onTestFinished(() => void httpServer.close());
    const server = await createServer({ store: "memory", pages: {} });
    onTestFinished(() => server.close());
    const { port } = httpServer.address() as AddressInfo;
    return { httpServer, server, port, url: `http://127.0.0.1:${port}` };
  }

  test("each serves its own paths on one port", async () => {
    const { httpServer, server, url, port } = await beside();
    server.attach(httpServer);
    expect((await ask(url)).text).toBe("theirs");
    expect((await ask(`${url}/api/own`)).json()).toEqual({ theirs: true });
    expect((await ask(`${url}/nothing`)).text).toContain("Cannot GET /nothing");
    expect((await ask(`${url}/readyz`)).json()).toEqual({ status: "ready" });
    expect((await ask(`${url}/api/tasks`)).json()).toMatchObject({ items: [] });
    for (const transport of ["websocket", "polling"]) {
      const { status } = await connected(url, "/ui", { transports: [transport] });
      expect(status["userId"]).toBe("local");
    }
    expect(await upgrade(port, "/elsewhere", {})).toContain("404");
  });

  test("leaving gives everything back, and closing leaves their server running", async () => {
    const { httpServer, server, url } = await beside();
    const detach = server.attach(httpServer);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    detach();
    detach();
    expect((await ask(`${url}/healthz`)).text).toContain("Cannot GET /healthz");
    server.attach(httpServer);
    await server.close();
    expect((await ask(url)).text).toBe("theirs");
    expect(httpServer.listenerCount("upgrade")).toBe(0);
  });

  test("nobody is local while their server can be reached from elsewhere", async () => {
    const httpServer = createHttpServer().listen(0, "0.0.0.0");
    await once(httpServer, "listening");
    onTestFinished(() => void httpServer.close());
    const server = await createServer({ store: "memory", pages: {} });
    onTestFinished(() => server.close());
    server.attach(httpServer);
    const { port } = httpServer.address() as AddressInfo;
    const socket = openClient(`http://127.0.0.1:${port}`, "/ui");
    expect(await refusal(socket)).toMatchObject({ message: "Authentication required" });
  });
});

describe("pages", () => {
  async function withPages() {
    const folder = await scratch();
    const demo = join(folder, "demo");
    await mkdir(demo);
    await writeFile(join(demo, "index.html"), "<!doctype html><title>demo</title>");
    await writeFile(join(demo, ".secret"), "a treasure");
    await writeFile(join(folder, "outside.txt"), "a treasure");
    const globalScript = join(folder, "holdfast.global.js");
    await writeFile(globalScript, "globalThis.Holdfast = {};");
    return startServer({ pages: { globalScript, demo } });
  }

  test("are served with a policy that lets nothing in from elsewhere", async () => {
    const { url } = await withPages();
    const page = await ask(url);
    expect(page.text).toContain("<title>demo</title>");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining(["default-src 'self'", "style-src 'self' 'unsafe-inline'", "object-src 'none'"]),
    );
    expect(policy).not.toContain("script-src");
    expect(page.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const script = await ask(`${url}/holdfast.global.js`);
    expect(script.headers["content-type"]).toMatch(/javascript/);
    expect(script.text).toContain("Holdfast");
  });

  test("are not there without a folder of them: who looks is told what this is", async () => {
    const { url } = await startServer();
    const page = await ask(url);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(page.text).toContain("This is a Holdfast server");
    expect((await ask(`${url}/holdfast.global.js`)).status).toBe(404);
  });

  test("never show what is outside of their folder, or hidden in it", async () => {
    const { url } = await withPages();
    for (const path of [
      "/../outside.txt",
      "/%2e%2e/outside.txt",
      "/..%2foutside.txt",
      "/.secret",
      "/%00",
      "/%",
    ]) {
      const answer = await ask(`${url}${path}`);
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      expect(answer.text).not.toContain("a treasure");
    }
  });
});

test("TLS serves HTTP and sockets alike", async () => {
  const tls = selfSigned();
  const server = await createServer({ store: "memory", pages: {} });
  onTestFinished(() => server.close());
  const { url } = await server.listen({ port: 0, tls });
  expect(url).toMatch(/^https:/);
  // Node's client of socket.io hands `ca` on to TLS.
  for (const transport of ["websocket", "polling"]) {
    const { status } = await connected(url, "/ui", { transports: [transport], ca: tls.cert });
    expect(status["userId"]).toBe("local");
  }
});

describe("closing", () => {
  test("disconnects everybody, refuses newcomers, and may be asked for twice", async () => {
    const { server, url } = await startServer();
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    const gone = once(socket as never, "disconnect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    const [first, second] = [server.close(), server.close()];
    await Promise.all([first, second, gone]);
    await expect(ask(`${url}/healthz`)).rejects.toThrow(/ECONNREFUSED/);
  });

  test("finishes what is under way: an acknowledged change is in the store", async () => {
    const folder = await scratch();
    const server = await createServer({ store: folder, pages: {} });
    onTestFinished(() => server.close());
    const { url } = await server.listen({ port: 0 });
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1", clientId: "c" } });
    const sent = Array.from({ length: 50 }, (_, index) =>
      requested(socket, "mutate", {
        mutationId: `c:${index + 1}`,
        op: "create",
        collection: "tasks",
        id: `t${index}`,
        value: { title: "x" },
      }),
    );
    await sent[0];
    const closed = server.close();
    const answers = await Promise.allSettled(sent);
    await closed;
    const acked = answers.flatMap((answer, index) =>
      answer.status === "fulfilled" && answer.value.success ? [`t${index}`] : [],
    );
    const again = await createServer({ store: folder, pages: {} });
    onTestFinished(() => again.close());
    for (const id of acked) expect(await again.entity("p1", "tasks", id)).toBeDefined();
  });
});

test("the server itself changes state by the service that clients use, and is told no in the same words", async () => {
  const { server, url } = await startServer();
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const told = event(socket, "task:created");
  const made = await server.mutate("p1", {
    op: "create",
    collection: "tasks",
    id: "t1",
    value: { title: "One" },
  });
  expect(made).toMatchObject({ result: { id: "t1", version: 1 }, seq: 1 });
  expect(await told).toMatchObject({ data: { id: "t1" } });
  const again = server.mutate("p1", { op: "create", collection: "tasks", id: "t1", value: { title: "One" } });
  await expect(again).rejects.toMatchObject({ code: "CONFLICT" });
});

test("bootstrap slots are replayed to a page that comes later", async () => {
  const { server, url } = await startServer({ bootstrap: { slots: ["layout"] } });
  server.bootstrap.set("p1", "layout", { columns: 2 });
  server.bootstrap.set("p1", "init", { a: 1 });
  const socket = openClient(url, "/ui", { auth: { projectId: "p1" } });
  const heard: unknown[] = [];
  socket.onAny((name: string, payload: { slot?: string }) => heard.push(payload.slot ?? name));
  await event(socket, "connection_status");
  await requested(socket, "project:list", {});
  expect(heard).toEqual(["connection_status", "init", "layout"]);
});
