import { symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ask, startServer } from "../gateway/running-server.ts";
import { scratch } from "../workspace/scratch.ts";
import { SECRET, tokenFor } from "./signed.ts";

const FILES = {
  "src/a.js": "export const a = 1;",
  "src/with blank.js": "export {};",
  ".env": "SECRET=1",
  ".git/config": "x",
  "page.html": "<script>1</script>",
};

async function served(options: Parameters<typeof startServer>[0] = {}) {
  const { folder } = scratch(FILES);
  const running = await startServer({ watched: folder, ...options });
  return { folder, ...running };
}

describe("the watched folder", () => {
  test("is served as it is now, with and without a version, never from a cache", async () => {
    const { url } = await served();
    for (const path of ["/watched/src/a.js", "/watched/@v1/src/a.js"]) {
      const answer = await ask(url + path);
      expect(answer).toMatchObject({ status: 200, text: FILES["src/a.js"] });
      expect(answer.headers).toMatchObject({
        "content-type": expect.stringContaining("javascript") as string,
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
      });
    }
    expect((await ask(`${url}/watched/src/with%20blank.js`)).status).toBe(200);
    expect((await ask(`${url}/watched/page.html`)).headers["content-security-policy"]).toContain("sandbox");
    expect((await ask(`${url}/watched/src/a.js`, { method: "POST" })).status).toBe(404);
  });

  test("ends at its edge, whatever the path says or a link leads to", async () => {
    const { url, folder } = await served();
    const outside = scratch({ "secret.js": "s" });
    symlinkSync(outside.folder, join(folder, "out"));
    symlinkSync(join(outside.folder, "secret.js"), join(folder, "link.js"));
    symlinkSync(join(folder, ".env"), join(folder, "env.js"));
    const name = outside.folder.split("/").at(-1) ?? "";
    const paths = [
      ...["", "src", "src/", "none.js", ".env", ".git/config", "src/../.env", "@v/.env", "@v/../.env"],
      ...[
        `../${name}/secret.js`,
        `..%2f${name}%2fsecret.js`,
        `%2e%2e/${name}/secret.js`,
        `@v/%2e%2e/${name}/secret.js`,
      ],
      ...[
        "out/secret.js",
        "link.js",
        "env.js",
        "src%2fa.js",
        "src%5ca.js",
        "src/a.js%00",
        "%zz",
        "//etc/passwd",
        "@v",
      ],
      ...["/etc/passwd", "@v//etc/passwd", "src//a.js", "./src/a.js"],
    ];
    for (const path of paths) {
      const answer = await ask(`${url}/watched/${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test("is for this machine's own pages and for who may read everything", async () => {
    const { url } = await served({ auth: { secret: SECRET } });
    const read = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await ask(`${url}/watched/src/a.js`, { headers })).status;
    };
    expect(await read()).toBe(401);
    expect(await read(await tokenFor({ p1: "editor" }))).toBe(403);
    expect(await read(await tokenFor("*"))).toBe(200);
    const local = await served();
    const foreign = { host: "rebound.example.com" };
    expect((await ask(`${local.url}/watched/src/a.js`, { headers: foreign })).status).toBe(401);
    expect(
      (await ask(`${local.url}/watched/src/a.js`, { headers: { origin: "https://evil.example" } })).status,
    ).toBe(403);
  });

  test("is not there unless it was asked for, and then beside an application too", async () => {
    const { url } = await startServer();
    expect((await ask(`${url}/watched/src/a.js`)).status).toBe(404);

    const { server } = await served();
    await expect(server.listen({ port: 0, host: "0.0.0.0" })).rejects.toThrow(/loopback/);
    const app = createServer((_request, response) => response.end("theirs"));
    onTestFinished(() => void app.close());
    server.attach(app);
    await new Promise<void>((resolve) => void app.listen(0, "127.0.0.1", resolve));
    const { port } = app.address() as { port: number };
    expect((await ask(`http://127.0.0.1:${port}/watched/src/a.js`)).text).toBe(FILES["src/a.js"]);
    expect((await ask(`http://127.0.0.1:${port}/watchedness`)).text).toBe("theirs");
  });
});
