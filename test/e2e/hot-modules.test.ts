import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The page of a developer: it keeps what it counted across versions, and shows what runs. */
const PAGE = `
const client = Holdfast.createClient({ url: location.origin, projectId: "p1", onError: (e) => told.push(String(e)) });
const dev = Holdfast.createDevSync(client);
const told = [];
dev.on("dev-save", ({ path, event }) => told.push(event + " " + path));
const hot = dev.hot("src/widget.js", ({ module, previous, dispose }) => {
  told.push("took over " + module.name + " from " + (previous && previous.name));
  const element = module.start(previous && previous.count());
  document.body.append(element);
  dispose(() => element.remove());
}, { also: ["src/lib/"] });
Object.assign(globalThis, { client, dev, hot, told, loadedOnce: true });
client.connect();
`;

const widget = (name: string, body = "") => `
import { label } from "./lib/label.js";
export const name = ${JSON.stringify(name)};
let clicks = 0;
export const count = () => clicks;
export function start(before = 0) {
  clicks = before;
  ${body}
  const button = document.createElement("button");
  const show = () => { button.textContent = label(name, clicks); };
  button.onclick = () => { clicks += 1; show(); };
  show();
  return button;
}
`;
const label = (mark: string) =>
  `export const label = (name, clicks) => name + ${JSON.stringify(mark)} + clicks;\n`;

type Script = typeof import("../../sdk/global.ts") & typeof import("../../sdk/dev/index.ts");

let folder: string;
let url: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const running: ChildProcess[] = [];
const errors: string[] = [];

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const told = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
const button = (text: string) => page.getByRole("button", { name: text, exact: true }).waitFor();

/** Starts a command of ours; resolves with its first line. */
async function start(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, "server/bin/holdfast.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`holdfast ${args[0]} ended without a line`);
}

/** The script-tag build, from the sources. */
async function globalScript(): Promise<string> {
  const contents = 'export * from "./sdk/global.ts"; export { createDevSync } from "./sdk/dev/index.ts";';
  const { outputFiles } = await build({
    ...{ stdin: { contents, resolveDir: ROOT, loader: "ts" }, bundle: true, write: false },
    ...{ format: "iife", globalName: "Holdfast", platform: "browser", target: "es2022" },
    ...{ define: { "process.env.NODE_ENV": '"production"' } },
  });
  return outputFiles[0]?.text ?? "";
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-hot-")));
  write("src/widget.js", widget("one"));
  write("src/lib/label.js", label(": "));
  write("page.js", PAGE);
  url = (await start("serve", "--port", "0", "--store", "memory", "--dev", folder)).replace(
    "listening on ",
    "",
  );
  await start("watch", folder, "--project", "p1", "--url", url);
  browser = await chromium.launch(chromiumLaunch());
  context = await browser.newContext();
  const script = await globalScript();
  await context.route(`${url}/holdfast.global.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: script }),
  );
  // The document is the test's; everything it loads comes from the server, and nothing from elsewhere may.
  await context.route(`${url}/hot.html`, (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "Content-Security-Policy": "default-src 'self'" },
      body: '<!doctype html><title>hot</title><body><script src="/holdfast.global.js"></script><script src="/watched/page.js"></script></body>',
    }),
  );
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`${url}/hot.html`);
  await button("one: 0");
});

afterAll(async () => {
  await browser?.close();
  for (const child of running) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.kill("SIGTERM")) await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

it("a saved module takes over from the one that runs, without a reload", async () => {
  await page.getByRole("button").click();
  await page.getByRole("button").click();
  await button("one: 2");
  write("src/widget.js", widget("two"));
  await button("two: 2");
  expect(await page.getByRole("button").count()).toBe(1);
  expect(await told()).toContain("took over two from one");
  expect(await page.evaluate(() => (globalThis as unknown as { loadedOnce: boolean }).loadedOnce)).toBe(true);
});

it("what it imports is as new as itself", async () => {
  write("src/lib/label.js", label(" = "));
  await button("two = 2");
  expect(await page.getByRole("button").count()).toBe(1);
});

it.each([
  ["does not parse", widget("three", "this is no JavaScript")],
  ["throws while it loads", `${widget("three")}\nthrow new Error("on purpose, at load");`],
  ["throws while it takes over", widget("three", 'throw new Error("on purpose, at start");')],
])("one that %s leaves the old one running, and the others hear of it", async (_what, text) => {
  const other = await context.newPage();
  await other.goto(`${url}/`);
  await other.addScriptTag({ url: "/holdfast.global.js" });
  await other.evaluate(async (at) => {
    const page = globalThis as unknown as { Holdfast: Script; heard: unknown[] };
    page.heard = [];
    const client = page.Holdfast.createClient({ url: at, projectId: "p1" });
    const dev = page.Holdfast.createDevSync(client);
    dev.on("dev-error", (error) => page.heard.push(error));
    await client.connect();
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (dev.getSnapshot().name === "registered") resolve();
      };
      dev.subscribe(check);
      check();
    });
  }, url);

  write("src/widget.js", text);
  await other.waitForFunction(() => (globalThis as unknown as { heard: unknown[] }).heard.length > 0);
  const [error] = await other.evaluate(
    () => (globalThis as unknown as { heard: Record<string, unknown>[] }).heard,
  );
  expect(error).toMatchObject({
    file: "src/widget.js",
    message: expect.stringMatching(/on purpose|Unexpected/),
  });
  await button("two = 2");
  await page.getByRole("button").click();
  await button("two = 3");
  await page.getByRole("button").click();
  expect(await page.getByRole("button").count()).toBe(1);

  write("src/widget.js", widget("two"));
  await button("two = 4");
  await other.close();
  // Back to where the next case starts.
  write("src/widget.js", widget("two", "clicks = 2;"));
  await button("two = 2");
});

it("nothing was reported that the page's policy refused", () => {
  expect(errors.filter((text) => /Content Security Policy/.test(text))).toEqual([]);
});
