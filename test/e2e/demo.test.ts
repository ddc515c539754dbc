import { readdir, readFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { createServedFolder, type Served, type ServedFolder } from "../support/served.ts";

/** A heartbeat of 2 s + 2 s, so that a half-open link is found while somebody watches. */
const HEARTBEAT = { HOLDFAST_PING_INTERVAL_MS: "2000", HOLDFAST_PING_TIMEOUT_MS: "2000" };

let browser: Browser;
let folder: ServedFolder;
let server: Served;
let page: Page;
const errors: string[] = [];

async function open(width = 1_440, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const opened = await context.newPage();
  opened.on("pageerror", (error) => errors.push(String(error)));
  opened.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text());
  });
  await opened.goto(server.url);
  await isLive(opened);
  await opened.locator("[data-session=shell] .xterm-rows").waitFor();
  return opened;
}

const isLive = (on: Page): Promise<void> => on.locator('#status[data-name="live"]').waitFor();
const isNotLive = (on: Page): Promise<void> => on.locator('#status:not([data-name="live"])').waitFor();
const press = (name: string | RegExp): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();
const column = (name: string, on = page) => on.getByRole("region", { name, exact: true });

const cardOf = (title: string) => page.getByRole("listitem", { name: title, exact: true });
const cardIn = (name: string, title: string) =>
  column(name).getByRole("listitem", { name: title, exact: true });

const isSaved = (): Promise<void> => expect.poll(() => page.locator("#pending").innerText()).toBe("");

/** Switches something of the network panel on for as long as `work` takes. */
async function during(name: string, work: () => Promise<void>): Promise<void> {
  await press(name);
  try {
    await work();
  } finally {
    await press(name);
  }
}

async function add(title: string): Promise<void> {
  await page.locator("#add-title").fill(title);
  await page.locator("#add button").click();
  await cardIn("To do", title).waitFor();
}

beforeAll(async () => {
  folder = await createServedFolder();
  server = await folder.serve(["--demo", "--port", "0"], HEARTBEAT);
  browser = await chromium.launch(chromiumLaunch());
  page = await open();
});

afterAll(async () => {
  await browser?.close();
  await folder?.dispose();
});

describe("the board", () => {
  it("moves a card by drag, and by keyboard with the focus kept on it", async () => {
    await add("a card to move");
    const card = cardOf("a card to move");
    await card.locator(".grip").dragTo(column("Blocked"));
    await cardIn("Blocked", "a card to move").waitFor();

    const select = card.getByRole("combobox", { name: "Column" });
    await select.focus();
    await select.selectOption("Done");
    await cardIn("Done", "a card to move").waitFor();
    expect(await select.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("shows who holds a task that was claimed in the meantime", async () => {
    await add("wanted by two");
    const card = cardOf("wanted by two");
    const id = await card.getAttribute("data-id");
    await isSaved();
    await during("Cut the network", async () => {
      await isNotLive(page);
      await fetch(`${server.url}/api/tasks/${id}/claim?projectId=demo`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ sessionId: "notes" }),
      });
      // No way around it: not by long-polling either.
      await page.locator("#status", { hasText: "was cut in the panel" }).waitFor();
      await card.getByRole("button", { name: "Claim" }).click();
      await card.getByText("pending").waitFor();
      expect(await page.locator("#pending").innerText()).toBe("1 pending");
    });
    await isLive(page);
    await page.locator("#refusal").waitFor();
    expect(await page.locator("#refusal").innerText()).toContain("wanted by two is taken by notes");
    await card.getByRole("button", { name: "notes ×" }).waitFor();
    await press("Dismiss");
    await page.locator("#refusal").waitFor({ state: "hidden" });
  });
});

describe("the network panel", () => {
  it("a half-open link is found by its heartbeat, and plugged in again it is live", async () => {
    await during("Half-open", async () => {
      await add("written into the silence");
      await isNotLive(page);
    });
    await isLive(page);
    await isSaved();
  });

  it("sleeping catches up, and a slow network only makes it slower", async () => {
    await press(/^Sleep/);
    await isLive(page);
    await during("300 ms each way", async () => {
      await add("sent slowly");
      await isSaved();
    });
  });

  it("tokens of 20 s are taken up without a drop of what is shown", async () => {
    await during("Tokens of 20 s", async () => {
      await isLive(page);
      await page.locator("[data-session=shell] .xterm-rows").waitFor();
    });
    await isLive(page);
  });
});

describe("others", () => {
  it("somebody else's edits, question and mail arrive; the answer is typed into the terminal", async () => {
    await press("Asks for input");
    const answer = page.getByRole("textbox", { name: "Answer" });
    await answer.fill("echo answered-$((40+2))");
    await press("Reply");
    // xterm.js paints no terminal that is scrolled out of view.
    await page.locator("[data-session=shell]").scrollIntoViewIfNeeded();
    await page.locator("[data-session=shell]", { hasText: "answered-42" }).waitFor();
    await press("Sends mail");
    await page.locator("#mail li").waitFor();
  });

  it("a second page is seen, shares the focus, and is missed when it is gone", async () => {
    const other = await open();
    await expect.poll(() => page.locator(".person").count()).toBe(2);
    await other
      .locator("#sessions")
      .getByRole("button", { name: /^notes/ })
      .click();
    await page.locator("[data-session=notes]").waitFor({ state: "attached" });
    await page
      .locator("#sessions")
      .getByRole("button", { name: /^notes/ })
      .click();
    await other.locator("[data-session=notes]").waitFor({ state: "detached" });
    await other.close();
    await expect.poll(() => page.locator(".person").count()).toBe(1);
  });

  it("an answer that was cut goes on where it was, without a word lost or twice", async () => {
    const text =
      /"A connection is[\s\S]*?flickers\."/.exec(await readFile("demo/answer.js", "utf8"))?.[0] ?? "";
    await press("Ask");
    await expect.poll(() => page.locator("#answer").innerText()).toContain("promise");
    await press("Cut the network");
    await isNotLive(page);
    await press("Cut the network");
    await page.getByRole("button", { name: "Ask", exact: true, disabled: false }).waitFor();
    const words = text.replaceAll(/" \+\s+"|"/g, "").trim();
    expect((await page.locator("#answer").textContent())?.trim()).toBe(words);
  });
});

describe("the workspace", () => {
  it("a saved module takes over without a reload; one that fails leaves the old one running", async () => {
    const motto = page.locator("#motto");
    await expect.poll(() => motto.innerText()).toMatch(/^Hold the position/);
    await press("Save another version");
    await expect.poll(() => motto.innerText()).toMatch(/^Say where you were/);
    await press("Save another version");
    await expect.poll(() => page.locator("#motto-note").innerText()).toContain("on purpose");
    expect(await motto.innerText()).toMatch(/^Say where you were/);
    await press("Save another version");
    await expect.poll(() => motto.innerText()).toMatch(/^Nothing lost/);
    await press("Save another version");
    expect(await page.locator("#feed li").first().innerText()).toBe("saved motto.js");
  });

  it("a session that is started comes to the front with a shell of its own, and ends with it", async () => {
    await page.locator("#spawn-name").fill("second");
    await press("Start");
    const shell = page.getByRole("region", { name: "Terminal of second" });
    await shell.scrollIntoViewIfNeeded();
    await shell.locator(".xterm-rows", { hasText: /[$#]/ }).waitFor();
    await shell.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("exit\n");
    await page
      .locator("#sessions")
      .getByRole("button", { name: /^second completed/ })
      .waitFor();
  });
});

describe("the page", () => {
  it.each([
    [1_440, "light"],
    [1_440, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("has no violation of accessibility at %i px, %s", async (width, scheme) => {
    const axe = await readFile("node_modules/axe-core/axe.min.js", "utf8");
    const shown = await open(width, scheme);
    await shown.evaluate(axe);
    const found = await shown.evaluate(async () => {
      const { axe: judge } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await judge.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(found).toEqual([]);
    const overflow = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await shown.context().close();
  });

  it("moves nothing when the connection goes and comes back", async () => {
    await page.evaluate(() => {
      Object.assign(globalThis, { shifts: [] });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          (globalThis as unknown as { shifts: unknown[] }).shifts.push(
            (entry as unknown as { sources: { node?: Element }[] }).sources.map(({ node }) =>
              node?.outerHTML?.slice(0, 80),
            ),
          );
        }
      }).observe({ type: "layout-shift" });
    });
    await page.evaluate(() => {
      (document.querySelector("#network button") as HTMLButtonElement).click();
    });
    await isNotLive(page);
    await page.evaluate(() => {
      (document.querySelector("#network button") as HTMLButtonElement).click();
    });
    await isLive(page);
    expect(await page.evaluate(() => (globalThis as unknown as { shifts: unknown[] }).shifts)).toEqual([]);
  });

  it("asks for all its modules at once, not one after the other", async () => {
    const html = await readFile("demo/index.html", "utf8");
    const asked = [...html.matchAll(/modulepreload" href="([\w-]+\.js)"/g)].map(([, name]) => name);
    const modules = (await readdir("demo")).filter((name) => name.endsWith(".js") && name !== "app.js");
    expect(asked.sort()).toEqual(modules.sort());
  });

  it("threw nothing and broke no policy", () => {
    expect(errors).toEqual([]);
  });
});
