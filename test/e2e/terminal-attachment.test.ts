import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Relay, startProxy } from "../support/proxy.ts";
import { serve, share } from "../terminal/shared-shell.ts";
import { launchBrowser, openTerminal, type TerminalPage } from "../terminal/terminal-page.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

/** What a page's script keeps, as far as it is read here. */
interface Shown {
  readonly terminal: import("@xterm/xterm").Terminal;
  readonly second: import("@xterm/xterm").Terminal;
  readonly attachment: import("../../sdk/terminal/attach-terminal.ts").Attachment;
  attachAnother(): void;
  changed: number;
}

/** A page on a shell, and how its cable is pulled. */
async function watching(): Promise<{
  readonly view: TerminalPage;
  readonly relay: Relay;
  type(text: string): void;
}> {
  const { port } = await serve();
  const relay = await startProxy(port);
  onTestFinished(() => relay.close());
  const shared = share(port, "bash", ["--norc", "--noprofile"]);
  const view = await openTerminal(browser, relay.port, "dom");
  onTestFinished(() => view.page.context().close());
  await view.waitForText(/\$ $/m);
  return { view, relay, type: (text) => shared.write(text) };
}

/** Everything the terminal named holds, a line each. */
const linesOf = (view: TerminalPage, name: "terminal" | "second"): Promise<string[]> =>
  view.page.evaluate((which) => {
    const { active } = (globalThis as unknown as Shown)[which].buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "");
  }, name);

it("a delta leaves the elements, the selection and the place scrolled to as they are", async () => {
  const { view, relay, type } = await watching();
  type("seq -f 'line %.0f' 200; echo all-$((1+1))\r");
  await view.waitForText(/^all-2/m);
  const before = await view.page.evaluate(() => {
    const shown = globalThis as unknown as Shown;
    const { terminal } = shown;
    terminal.scrollLines(-60);
    terminal.select(2, terminal.buffer.active.viewportY + 3, 90);
    shown.changed = 0;
    const rows = document.querySelector(".xterm-rows");
    // Only replaced rows count: what is written in them may be drawn again.
    if (rows !== null)
      new MutationObserver(() => {
        shown.changed += 1;
      }).observe(rows, { childList: true });
    return {
      selection: terminal.getSelection(),
      position: terminal.getSelectionPosition(),
      viewportY: terminal.buffer.active.viewportY,
      baseY: terminal.buffer.active.baseY,
    };
  });
  expect(before.selection).toMatch(/line \d+/);
  const resets = await view.resets();

  relay.cut();
  await view.waitForStatus("catching-up");
  const { offset } = await view.state();
  type("seq -f 'missed %.0f' 20; echo done-$((2+2))\r");
  relay.restore();
  await view.waitForStatus("live");
  await view.page.waitForFunction((from) => {
    const { terminal, attachment } = globalThis as unknown as Shown;
    const { active } = terminal.buffer;
    const last = active.getLine(active.baseY + active.cursorY - 1)?.translateToString(true);
    return attachment.getSnapshot().offset > from && last === "done-4";
  }, offset);
  const after = await view.page.evaluate(() => {
    const { terminal, changed } = globalThis as unknown as Shown;
    return {
      selection: terminal.getSelection(),
      position: terminal.getSelectionPosition(),
      viewportY: terminal.buffer.active.viewportY,
      baseY: terminal.buffer.active.baseY,
      changed,
    };
  });
  expect(after).toEqual({ ...before, baseY: before.baseY + 22, changed: 0 });
  expect(await view.resets()).toBe(resets);
});

it("keys pressed while away are shown as pending, and typed once when the way is open", async () => {
  const { view, relay } = await watching();
  await view.page.locator("#terminal .xterm-helper-textarea").focus();
  relay.cut();
  await view.waitForStatus("catching-up");
  await view.page.keyboard.type("echo typed-$((40+2))");
  await view.page.keyboard.press("Enter");
  expect(await view.state()).toMatchObject({ status: "catching-up", pendingInput: 21, droppedInput: 0 });
  relay.restore();
  await view.waitForText(/^typed-42$/m);
  await view.waitForText(/\$ $/m);
  expect((await linesOf(view, "terminal")).filter((line) => line.includes("typed-42"))).toHaveLength(1);
  expect(await view.state()).toMatchObject({ status: "live", pendingInput: 0, droppedInput: 0 });
});

it("two attachments of one session on a page are the same, and one leaves without the other", async () => {
  const { view, relay, type } = await watching();
  type("seq 30\r");
  await view.waitForText(/^30$/m);
  await view.page.evaluate(() => (globalThis as unknown as Shown).attachAnother());
  relay.cut();
  await view.waitForStatus("catching-up");
  type("echo missed-$((1+1))\r");
  relay.restore();
  await view.waitForText(/^missed-2$/m);
  await view.page.waitForFunction(() => {
    const { terminal, second } = globalThis as unknown as Shown;
    return second.buffer.active.baseY > 0 && second.buffer.active.baseY === terminal.buffer.active.baseY;
  });
  expect(await linesOf(view, "second")).toEqual(await linesOf(view, "terminal"));

  await view.page.evaluate(() => (globalThis as unknown as Shown).second.dispose());
  type("echo alone-$((1+2))\r");
  await view.waitForText(/^alone-3$/m);
  expect(await view.state()).toMatchObject({ status: "live" });
  expect(view.errors).toEqual([]);
});
