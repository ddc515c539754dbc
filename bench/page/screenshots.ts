/*
 * The demo as a person sees it, in real Chromium against a real server: `npm run screenshots` writes docs/screenshots.
 * Live, cut off and restored, wide and narrow, light and dark; each pair of a width and a theme on a server of its own.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { chromiumLaunch } from "../../test/setup/chromium.ts";
import { PATIENCE_MS } from "../../test/support/patience.ts";
import { createServedFolder } from "../../test/support/served.ts";
import { packPng } from "./pack-png.ts";

const FOLDER = "docs/screenshots";
const WIDTHS = { wide: 1_440, narrow: 390 } as const;
const THEMES = ["light", "dark"] as const;

/** Says nothing of the machine on which the pictures are taken. */
const PROMPT = "cd; PS1='\\[\\e[1;32m\\]holdfast\\[\\e[0m\\]:\\w$ '";

type Width = keyof typeof WIDTHS;
type Theme = (typeof THEMES)[number];

const open = async (browser: Browser, url: string, width: Width, colorScheme: Theme): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width: WIDTHS[width], height: 900 },
    colorScheme,
    // What moves by itself would be caught at another moment each time.
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(4 * PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  await isLive(page);
  await holds(page, /\$ $/);
  return page;
};

const isLive = (page: Page): Promise<void> => page.locator('#status[data-name="live"]').waitFor();
const cut = (page: Page): Promise<void> => page.getByRole("button", { name: "Cut the network" }).click();
const card = (page: Page, id: string) => page.locator(`.task[data-id="${id}"]`);

/** Resolves once the shell's screen ends in it, as the page has it. */
async function holds(page: Page, pattern: RegExp): Promise<void> {
  await page.waitForFunction((source) => {
    const { terminals } = globalThis as unknown as {
      terminals?: Map<string, import("@xterm/xterm").Terminal>;
    };
    const active = terminals?.get("shell")?.buffer.active;
    if (active === undefined) return false;
    const lines = Array.from({ length: active.baseY + active.cursorY + 1 }, (_, y) =>
      active
        .getLine(y)
        ?.translateToString(true, 0, y === active.baseY + active.cursorY ? active.cursorX : undefined),
    );
    return new RegExp(source).test(lines.join("\n"));
  }, pattern.source);
}

/** The size of a shell follows whoever works in it: resolves once that is this page. */
async function takeSize(page: Page): Promise<void> {
  await page.locator("[data-session=shell] .xterm-helper-textarea").focus();
  await page.waitForFunction(() => {
    const host = document.querySelector("[data-session=shell]");
    const screen = host?.querySelector(".xterm-screen");
    return host != null && screen != null && screen.clientWidth < host.clientWidth;
  });
}

async function type(page: Page, text: string): Promise<void> {
  await page.locator("[data-session=shell] .xterm-helper-textarea").focus();
  await page.keyboard.type(text);
}

async function rename(page: Page, id: string, title: string): Promise<void> {
  await card(page, id).locator(".title").fill(title);
  await card(page, id).locator(".title").press("Enter");
}

async function take(page: Page, name: string): Promise<void> {
  // Neither the field that was written in last nor where the page was scrolled to is part of the picture.
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  });
  await page.mouse.move(0, 0);
  // A window as high as the page: what stands at the foot of the window covers nothing.
  const height = await page.evaluate(
    () => document.querySelector("main")?.getBoundingClientRect().bottom ?? 0,
  );
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: Math.ceil(height) });
  await page.evaluate(
    () => new Promise((after) => requestAnimationFrame(() => requestAnimationFrame(after))),
  );
  const picture = packPng(await page.screenshot());
  await writeFile(`${FOLDER}/${name}.png`, picture);
  console.log(`${name.padEnd(24)} ${(picture.length / 1024).toFixed(0)} KiB`);
}

/** What the pictures tell: work on both sides of a cut, and that both sides have all of it afterwards. */
async function play(browser: Browser, width: Width, theme: Theme): Promise<void> {
  const folder = await createServedFolder();
  try {
    await writeFile(join(folder.store, ".bashrc"), PROMPT);
    const { url } = await folder.serve(["--demo", "--port", "0"], { HOME: folder.store });
    const page = await open(browser, url, width, theme);
    const other = await open(browser, url, "wide", theme);
    const name = (state: string): string => `${state}-${width}-${theme}`;

    await type(page, "ls --color=always /usr\r");
    await holds(page, /share[\s\S]*\$ $/);
    await page.getByRole("button", { name: "Sends mail" }).click();
    await page.locator("#mail li").waitFor();
    await take(page, name("live"));

    await cut(page);
    await page.locator("#status", { hasText: "was cut in the panel" }).waitFor();
    await rename(page, "reload", "Renamed without a network");
    await card(page, "second").getByRole("combobox", { name: "Column" }).selectOption("Done");
    await type(other, "echo written meanwhile, elsewhere\r");
    await rename(other, "type", "Renamed meanwhile, elsewhere");
    await type(page, "echo typed without a network\r");
    await page.locator("#pending", { hasText: "2 pending" }).waitFor();
    await page.locator("#status", { hasText: /Next try in \d/ }).waitFor();
    await take(page, name("cut"));

    await cut(page);
    await isLive(page);
    await page.locator("#pending", { hasText: /^$/ }).waitFor({ state: "attached" });
    await holds(page, /\ntyped without a network[\s\S]*\$ $/);
    await takeSize(page);
    await take(page, name("restored"));
    await page.context().close();
    await other.context().close();
  } finally {
    await folder.dispose();
  }
}

await mkdir(FOLDER, { recursive: true });
const browser = await chromium.launch(chromiumLaunch());
try {
  for (const width of ["wide", "narrow"] as const)
    for (const theme of THEMES) await play(browser, width, theme);
} finally {
  await browser.close();
}
