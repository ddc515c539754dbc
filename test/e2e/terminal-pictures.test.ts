import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { type Relay, startProxy } from "../support/proxy.ts";
import { serve, share } from "../terminal/shared-shell.ts";
import {
  launchBrowser,
  openTerminal,
  pixelsUnlike,
  type Renderer,
  type TerminalPage,
} from "../terminal/terminal-page.ts";

const isInstalled = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
const installed = Object.fromEntries(
  ["vim", "less", "tmux", "htop"].map((program) => [program, isInstalled(program)]),
);

let browser: Browser;
let folder: string;

beforeAll(async () => {
  const missing = Object.keys(installed).filter((program) => !installed[program]);
  if (missing.length > 0) console.log(`not installed, so not shown: ${missing.join(", ")}`);
  browser = await launchBrowser();
  folder = mkdtempSync(join(tmpdir(), "holdfast-pictures-"));
  const lines = Array.from({ length: 300 }, (_, n) => `  int line_${n} = ${n}; /* “quoted” ─ 漢字 é ${n} */`);
  writeFileSync(join(folder, "sample.c"), `int main(void) {\n${lines.join("\n")}\n}\n`);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Watched {
  /** Nothing ever happens to this one. */
  readonly steady: TerminalPage;
  readonly troubled: TerminalPage;
  readonly relay: Relay;
}

/** A shell that two pages watch, one of them over a relay. */
async function watched(renderer: Renderer): Promise<Watched> {
  const { port } = await serve();
  const relay = await startProxy(port);
  onTestFinished(() => relay.close());
  share(port, "bash", ["--norc", "--noprofile"], { cwd: folder });
  const [steady, troubled] = await Promise.all([
    openTerminal(browser, port, renderer),
    openTerminal(browser, relay.port, renderer),
  ]);
  for (const { page } of [steady, troubled]) onTestFinished(() => page.context().close());
  await steady.waitForText(/\$ $/m);
  return { steady, troubled, relay };
}

/** Resolves once both show the same, to the pixel; programs may still be drawing when it begins. */
async function expectSamePicture({ steady, troubled }: Watched): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { offset } = await steady.state();
    await troubled.waitForOffset(offset);
    await steady.waitForOffset(offset);
    const [one, other] = [await steady.picture(), await troubled.picture()];
    if (one.equals(other)) return;
    const unlike = await pixelsUnlike(steady.page, one, other);
    if (unlike === 0) return;
    if (Date.now() > until) {
      writeFileSync(join(tmpdir(), "holdfast-steady.png"), one);
      writeFileSync(join(tmpdir(), "holdfast-troubled.png"), other);
    }
    expect(Date.now(), `${unlike} pixels differ, see holdfast-*.png in ${tmpdir()}`).toBeLessThan(until);
  }
}

async function cut({ troubled, relay }: Watched, meanwhile: () => Promise<void>): Promise<void> {
  relay.cut();
  await troubled.waitForStatus("catching-up");
  await meanwhile();
  relay.restore();
  await troubled.waitForStatus("live");
}

const VIM = "vim -u NONE -N -n -i NONE sample.c\r";

describe.each(["dom", "webgl"] as const)("drawn by the %s renderer", (renderer) => {
  it.runIf(installed["vim"])(
    "vim looks the same after a reload, a cut with :vsplit meanwhile, resizes, and back in the shell",
    async () => {
      const all = await watched(renderer);
      const { steady, troubled } = all;
      expect((await steady.page.locator("#terminal canvas").count()) > 0).toBe(renderer === "webgl");
      await steady.write("seq 40\r");
      await steady.write(VIM);
      await steady.waitForText(/"sample\.c" \d+/);
      await steady.write(":syntax on\r:set number cursorline\r\x06:echo 'colo' . 'ured'\r");
      await steady.waitForText(/coloured/);
      await expectSamePicture(all);

      await troubled.page.reload();
      await expectSamePicture(all);

      await cut(all, async () => {
        await steady.write(":vsplit\r\x06:echo 'spl' . 'it'\r");
        await steady.waitForText(/split/);
      });
      await expectSamePicture(all);

      await troubled.resize(101, 29);
      await expectSamePicture(all);
      await cut(all, async () => {
        await steady.write("ggOtyped while away\x1b");
        await steady.waitForText(/typed while away/);
        // Last, since vim leaves what is typed at the same time unread until the next key.
        await steady.resize(90, 26);
        await steady.page.waitForFunction("terminal.cols === 90");
      });
      await expectSamePicture(all);

      await troubled.page.reload();
      await steady.write(":qa!\r");
      await steady.waitForText(/^\$ $/m);
      await steady.write("echo back-$((1+1))\r");
      await steady.waitForText(/^back-2/m);
      await expectSamePicture(all);

      // xterm.js draws a cursor without focus once a full-screen program ran, in a page that came later too.
      await troubled.page.reload();
      await expectSamePicture(all);
      if (renderer === "dom") expect(await troubled.page.locator(".xterm-cursor").count()).toBe(1);
      expect([...steady.errors, ...troubled.errors]).toEqual([]);
    },
  );
});

describe("drawn by the dom renderer", () => {
  it.runIf(installed["less"])(
    "less looks the same after a reload and a cut with a search meanwhile",
    async () => {
      const all = await watched("dom");
      await all.steady.write("less -R -N sample.c\r");
      await all.steady.waitForText(/line_5 /);
      await all.troubled.page.reload();
      await expectSamePicture(all);
      await cut(all, async () => {
        await all.steady.write("/line_120\r");
        await all.steady.waitForText(/line_121 /);
      });
      await expectSamePicture(all);
    },
  );

  it.runIf(installed["tmux"])(
    "tmux looks the same after a reload and a cut with a split meanwhile",
    async () => {
      const all = await watched("dom");
      const { steady, troubled } = all;
      onTestFinished(() => void spawnSync("tmux", ["-S", join(folder, "socket"), "kill-server"]));
      await steady.write("tmux -u -S socket -f /dev/null new-session 'bash --norc --noprofile'\r");
      await steady.waitForText(/\[0\] 0:/);
      await steady.write("seq 100\r");
      await steady.waitForText(/^100$/m);
      await troubled.page.reload();
      await expectSamePicture(all);
      await cut(all, async () => {
        await steady.write("\x02%");
        await steady.write("echo pane-$((1+1))\r");
        await steady.waitForText(/pane-2/);
      });
      await expectSamePicture(all);
    },
  );

  it.runIf(installed["htop"])(
    "htop looks the same after a reload and a cut with a scroll meanwhile",
    async () => {
      const all = await watched("dom");
      await all.steady.write("htop -d 100\r");
      await all.steady.waitForText(/F10Quit/);
      await all.troubled.page.reload();
      await expectSamePicture(all);
      await cut(all, () => all.steady.write("\x1b[B\x1b[B\x1b[6~"));
      await expectSamePicture(all);
    },
  );
});
