import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import type { AttachmentState } from "../../sdk/terminal/attach-terminal.ts";
import { chromiumLaunch } from "../setup/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";

export type Renderer = "dom" | "webgl";

/** What the page's script keeps for the test. */
interface Shown {
  readonly terminal: import("@xterm/xterm").Terminal;
  readonly attachment: import("../../sdk/terminal/attach-terminal.ts").Attachment;
  /** Full resets that came in the stream: a snapshot begins with one, a delta has none. */
  readonly resets: number;
}

/** One viewer of session `s1`, in a page with nothing else on it. */
export interface TerminalPage {
  readonly page: Page;
  readonly errors: readonly string[];
  state(): Promise<AttachmentState>;
  write(text: string): Promise<void>;
  resize(cols: number, rows: number): Promise<void>;
  /** Resolves once the screen shows it. */
  waitForText(pattern: RegExp): Promise<void>;
  waitForStatus(status: AttachmentState["status"]): Promise<void>;
  /** Resolves once everything up to `offset` is parsed, and drawn. */
  waitForOffset(offset: number): Promise<void>;
  resets(): Promise<number>;
  picture(): Promise<Buffer>;
}

const resolve = createRequire(import.meta.url).resolve;
const FILES: Readonly<Record<string, string>> = {
  "xterm.css": resolve("@xterm/xterm/css/xterm.css"),
  "xterm.js": resolve("@xterm/xterm/lib/xterm.js"),
  "addon-webgl.js": resolve("@xterm/addon-webgl/lib/addon-webgl.js"),
  "holdfast.global.js": fileURLToPath(new URL("../../dist/holdfast.global.js", import.meta.url)),
};
const TYPES: Readonly<Record<string, string>> = { css: "text/css", js: "text/javascript" };

/** Cursors that blink are drawn by the clock. */
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="xterm.css">
<style>body { margin: 0; background: #000 } #terminal { display: inline-block }</style>
<div id="terminal"></div><div id="second"></div>
<script src="xterm.js"></script><script src="addon-webgl.js"></script><script src="holdfast.global.js"></script>
<script>
  const options = { cols: 80, rows: 24, cursorBlink: false, scrollback: 1000, allowProposedApi: true };
  const terminal = new Terminal(options);
  terminal.open(document.getElementById("terminal"));
  if (location.search === "?webgl") terminal.loadAddon(new WebglAddon.WebglAddon());
  var resets = 0;
  terminal.parser.registerEscHandler({ final: "c" }, () => { resets += 1; return false; });
  const client = Holdfast.createClient({
    url: location.origin, projectId: "p1", timings: { backoffBaseMs: 50, backoffCapMs: 200 },
  });
  client.connect();
  const attachment = Holdfast.attachTerminal(client, { sessionId: "s1", terminal });
  Object.assign(globalThis, { terminal, client, attachment, attachAnother() {
    const second = new Terminal(options);
    second.open(document.getElementById("second"));
    Object.assign(globalThis, { second, other: Holdfast.attachTerminal(client, { sessionId: "s1", terminal: second }) });
  } });
</script>`;

/** Chromium with WebGL in software, where the machine has no other. */
export function launchBrowser(): Promise<Browser> {
  const { executablePath, args } = chromiumLaunch();
  const software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
  return chromium.launch({
    executablePath,
    args: [...args.filter((arg) => arg !== "--disable-gpu"), ...software],
  });
}

/** @param port of the server, or of a relay in front of it; the page itself is the test's. */
export async function openTerminal(
  browser: Browser,
  port: number,
  renderer: Renderer,
): Promise<TerminalPage> {
  const context = await browser.newContext({ viewport: { width: 1_100, height: 700 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.route("**/page/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    const file = FILES[name];
    return file === undefined
      ? route.fulfill({ contentType: "text/html", body: PAGE })
      : route.fulfill({ contentType: TYPES[name.split(".").at(-1) ?? ""] ?? "", body: readFileSync(file) });
  });
  await page.goto(`http://127.0.0.1:${port}/page/terminal?${renderer}`);

  const state = (): Promise<AttachmentState> =>
    page.evaluate(() => (globalThis as unknown as Shown).attachment.getSnapshot());
  const drawn = (): Promise<unknown> =>
    page.evaluate(() => new Promise((after) => requestAnimationFrame(() => requestAnimationFrame(after))));
  const screen = (): Promise<string> =>
    page.evaluate(() => {
      const { terminal } = globalThis as unknown as Shown;
      const { active } = terminal.buffer;
      const rows = Array.from({ length: terminal.rows }, (_, y) =>
        active.getLine(active.baseY + y)?.translateToString(true),
      );
      return rows.join("\n");
    });
  return {
    page,
    errors,
    state,
    write: (text) => page.evaluate((data) => (globalThis as unknown as Shown).attachment.write(data), text),
    resize: (cols, rows) =>
      page.evaluate(([x, y]) => (globalThis as unknown as Shown).attachment.resize(x, y), [
        cols,
        rows,
      ] as const),
    async waitForText(pattern) {
      const until = Date.now() + PATIENCE_MS;
      // Asked for after each frame that the page draws.
      for (let text = await screen(); !pattern.test(text); text = await screen()) {
        if (Date.now() > until) throw new Error(`No ${pattern} on the screen:\n${text}`);
        await drawn();
      }
    },
    async waitForStatus(status) {
      await page.waitForFunction(
        (wanted) => (globalThis as unknown as Shown).attachment.getSnapshot().status === wanted,
        status,
        { timeout: PATIENCE_MS },
      );
    },
    async waitForOffset(offset) {
      await page.waitForFunction(
        (wanted) => {
          const shown = (globalThis as unknown as Partial<Shown>).attachment?.getSnapshot();
          return shown !== undefined && shown.offset >= wanted && shown.lagBytes === 0;
        },
        offset,
        { timeout: PATIENCE_MS },
      );
      await drawn();
    },
    resets: () => page.evaluate(() => (globalThis as unknown as Shown).resets),
    picture: () => page.locator("#terminal").screenshot(),
  };
}

/** Pixels that differ between two pictures, `Infinity` for other sizes. */
export function pixelsUnlike(page: Page, one: Buffer, other: Buffer): Promise<number> {
  return page.evaluate(
    async (pictures) => {
      const [left, right] = await Promise.all(
        pictures.map(async (picture) => {
          const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const { width, height } = bitmap;
          const context = new OffscreenCanvas(width, height).getContext("2d");
          context?.drawImage(bitmap, 0, 0);
          return { width, height, data: context?.getImageData(0, 0, width, height).data ?? [] };
        }),
      );
      if (left?.width !== right?.width || left?.height !== right?.height) return Number.POSITIVE_INFINITY;
      let unlike = 0;
      for (let at = 0; at < (left?.data.length ?? 0); at += 4) {
        if ([0, 1, 2].some((channel) => left?.data[at + channel] !== right?.data[at + channel])) unlike += 1;
      }
      return unlike;
    },
    [one.toString("base64"), other.toString("base64")],
  );
}
