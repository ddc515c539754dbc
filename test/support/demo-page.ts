import type { Browser, BrowserContext, Page } from "playwright";
import { PATIENCE_MS } from "./patience.ts";

/** What a person sees of the terminal: text, colours and the cursor, cell by cell. */
export interface ScreenDump {
  readonly type: string;
  readonly cursor: readonly [number, number];
  readonly lines: readonly string[];
  readonly colours: string;
}

/** The demo page, in the words of somebody who uses it. */
export interface DemoPage {
  readonly page: Page;
  readonly errors: readonly string[];
  status(): Promise<string>;
  waitForStatus(name: string, timeoutMs?: number): Promise<void>;
  addTask(title: string): Promise<string>;
  renameTask(id: string, title: string): Promise<void>;
  task(id: string): Promise<{ title: string; version: number; isPending: boolean } | undefined>;
  waitForTask(id: string, title: string, isPending: boolean): Promise<void>;
  type(text: string): Promise<void>;
  /** Everything the terminal holds, scrollback included. */
  text(): Promise<string>;
  waitForText(pattern: RegExp, timeoutMs?: number): Promise<void>;
  screen(): Promise<ScreenDump>;
  close(): Promise<void>;
}

type Shown = {
  client: {
    status: { getSnapshot(): { name: string } };
    tasks: { get(id: string): { title: string; version: number } | undefined };
  };
  terminals: Map<string, import("@xterm/xterm").Terminal>;
};

export async function openDemo(browser: Browser, url: string): Promise<DemoPage> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);

  const row = (id: string) => page.locator(`.task[data-id="${id}"]`);
  const text = (): Promise<string> =>
    page.evaluate(() => {
      const shell = (globalThis as unknown as Shown).terminals.get("shell");
      if (shell === undefined) throw new Error("The shell is not in front");
      const { buffer } = shell;
      let all = "";
      for (let y = 0; y < buffer.active.length; y++) {
        const line = buffer.active.getLine(y);
        all += (line?.isWrapped ? "" : "\n") + (line?.translateToString(true) ?? "");
      }
      return all;
    });

  return {
    page,
    errors,
    text,
    status: () => page.locator("#status-text").innerText(),
    async waitForStatus(name, timeoutMs = PATIENCE_MS) {
      await page.locator(`#status[data-name="${name}"]`).waitFor({ timeout: timeoutMs });
    },
    async addTask(title) {
      await page.locator("#add-title").fill(title);
      await page.locator("#add button").click();
      await page.waitForFunction(
        (wanted) =>
          [...document.querySelectorAll<HTMLTextAreaElement>(".task .title")].some(
            ({ value }) => value === wanted,
          ),
        title,
      );
      return page.evaluate((wanted) => {
        const titles = [...document.querySelectorAll<HTMLTextAreaElement>(".task .title")];
        const field = titles.find(({ value }) => value === wanted);
        return field?.closest<HTMLElement>(".task")?.dataset["id"] ?? "";
      }, title);
    },
    async renameTask(id, title) {
      const field = row(id).locator(".title");
      await field.fill(title);
      await field.press("Enter");
    },
    task: (id) =>
      page.evaluate((taskId) => {
        const task = (globalThis as unknown as Shown).client.tasks.get(taskId);
        const shown = document.querySelector<HTMLElement>(`.task[data-id="${taskId}"]`);
        if (task === undefined || shown === null) return undefined;
        return {
          title: shown.querySelector<HTMLTextAreaElement>(".title")?.value ?? "",
          version: task.version,
          isPending: shown.dataset["pending"] === "true",
        };
      }, id),
    async waitForTask(id, title, isPending) {
      await page.waitForFunction(
        ([taskId, wanted, pending]) => {
          const shown = document.querySelector<HTMLElement>(`.task[data-id="${taskId}"]`);
          return (
            shown?.querySelector<HTMLTextAreaElement>(".title")?.value === wanted &&
            shown?.dataset["pending"] === String(pending)
          );
        },
        [id, title, isPending] as const,
        { timeout: PATIENCE_MS },
      );
    },
    async type(keys) {
      await page.locator("[data-session=shell] .xterm-helper-textarea").focus();
      await page.keyboard.type(keys);
    },
    async waitForText(pattern, timeoutMs = PATIENCE_MS) {
      await page.waitForFunction(
        ([source, flags]) => {
          const terminal = (globalThis as unknown as Partial<Shown>).terminals?.get("shell");
          if (terminal === undefined) return false;
          let all = "";
          for (let y = 0; y < terminal.buffer.active.length; y++) {
            all += `\n${terminal.buffer.active.getLine(y)?.translateToString(true) ?? ""}`;
          }
          return new RegExp(source, flags).test(all);
        },
        [pattern.source, pattern.flags] as const,
        { timeout: timeoutMs },
      );
    },
    screen: () =>
      page.evaluate(() => {
        const terminal = (globalThis as unknown as Shown).terminals.get("shell");
        if (terminal === undefined) throw new Error("The shell is not in front");
        const { active } = terminal.buffer;
        const lines: string[] = [];
        let colours = "";
        for (let y = 0; y < terminal.rows; y++) {
          const line = active.getLine(active.baseY + y);
          lines.push(line?.translateToString(true) ?? "");
          for (let x = 0; x < terminal.cols; x++) {
            const cell = line?.getCell(x);
            if (cell === undefined || cell.getChars() === "") continue;
            colours += `${cell.getFgColor()},${cell.getBgColor()},${cell.isBold()};`;
          }
        }
        return { type: active.type, cursor: [active.cursorX, active.cursorY] as const, lines, colours };
      }),
    close: () => context.close(),
  };
}
