import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { type DemoPage, openDemo } from "../support/demo-page.ts";
import { elapse } from "../support/elapse.ts";
import { type Relay, startProxy } from "../support/proxy.ts";
import { createServedFolder, type Served, type ServedFolder } from "../support/served.ts";

/** A heartbeat of 2 s + 2 s instead of 25 + 20, so that a half-open link is found while somebody watches. */
const HEARTBEAT = { HOLDFAST_PING_INTERVAL_MS: "2000", HOLDFAST_PING_TIMEOUT_MS: "2000" };

let browser: Browser;
let folder: ServedFolder;
let server: Served;
let proxy: Relay;
let here: DemoPage;
let there: DemoPage;

beforeAll(async () => {
  folder = await createServedFolder();
  server = await folder.serve(["--demo", "--port", "0"], HEARTBEAT);
  proxy = await startProxy(server.port);
  browser = await chromium.launch(chromiumLaunch());
  here = await openDemo(browser, `http://127.0.0.1:${proxy.port}/`);
  there = await openDemo(browser, server.url);
  await here.waitForStatus("live");
  await there.waitForStatus("live");
  await here.waitForText(/[$#] $|[$#]$/m);
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await folder?.dispose();
});

const countOf = (text: string, part: string): number => text.split(part).length - 1;

it("1: a reload shows the same screen, cursor and colours, without a second prompt, and the tasks as before", async () => {
  await here.type("printf '\\033[31mred\\033[0m %s\\n' $((6*7))\n");
  await here.waitForText(/^red 42/m);
  await here.type("echo left-on-the-line");
  await here.waitForText(/echo left-on-the-line/);
  const id = await here.addTask("outlives a reload");
  await here.waitForTask(id, "outlives a reload", false);
  const before = await here.screen();

  await here.page.reload();
  await here.waitForStatus("live");
  await here.waitForText(/echo left-on-the-line/);

  expect(await here.screen()).toEqual(before);
  expect((await here.task(id))?.title).toBe("outlives a reload");
  await here.type("\n");
  await here.waitForText(/^left-on-the-line/m);
});

it("2a: what happens during a cut of 5 s is shown at once, marked pending, and applied exactly once", async () => {
  const id = await here.addTask("before the cut");
  await here.waitForTask(id, "before the cut", false);
  const before = await here.task(id);
  await here.type("for i in 1 2 3 4 5 6; do sleep 1; echo tick-$i-of-6; done; echo all-ticks-done\n");
  await here.waitForText(/^tick-1-of-6/m);

  proxy.cut();
  await here.waitForStatus("waiting");
  await expect.poll(() => here.status()).toMatch(/Next try in \d+ s/);
  await here.renameTask(id, "renamed in the cut");
  expect(await here.task(id)).toMatchObject({ title: "renamed in the cut", isPending: true });
  await elapse(5_000);
  expect((await there.task(id))?.title).toBe("before the cut");
  proxy.restore();

  await here.waitForStatus("live");
  await here.waitForTask(id, "renamed in the cut", false);
  await there.waitForTask(id, "renamed in the cut", false);
  expect((await there.task(id))?.version).toBe((before?.version ?? 0) + 1);
  await here.waitForText(/^all-ticks-done/m);
  const text = await here.text();
  for (const n of [1, 2, 3, 4, 5, 6]) expect(countOf(text, `\ntick-${n}-of-6`)).toBe(1);
});

it("2b: a half-open link is found within the heartbeat, and nothing is lost or doubled", async () => {
  const id = await here.addTask("before the silence");
  await here.waitForTask(id, "before the silence", false);
  const before = await here.task(id);
  await here.type("for i in 1 2 3 4 5 6; do sleep 1; echo tock-$i-of-6; done; echo all-tocks-done\n");
  await here.waitForText(/^tock-1-of-6/m);

  proxy.swallow();
  await here.renameTask(id, "renamed in the silence");
  expect(await here.task(id)).toMatchObject({ title: "renamed in the silence", isPending: true });
  await here.page.locator('#status:not([data-name="live"])').waitFor({ timeout: 10_000 });
  proxy.restore();

  await here.waitForStatus("live");
  await here.waitForTask(id, "renamed in the silence", false);
  await there.waitForTask(id, "renamed in the silence", false);
  expect((await there.task(id))?.version).toBe((before?.version ?? 0) + 1);
  await here.waitForText(/^all-tocks-done/m);
  const text = await here.text();
  for (const n of [1, 2, 3, 4, 5, 6]) expect(countOf(text, `\ntock-${n}-of-6`)).toBe(1);
});

it("3: after kill -9 and a new start no acknowledged edit is lost and the shell is still the same process", async () => {
  const id = await here.addTask("acknowledged before the kill");
  await here.waitForTask(id, "acknowledged before the kill", false);
  await here.type('clear; echo "shell=$$."\n');
  await here.waitForText(/^shell=\d+\./m);
  const shellBefore = /^shell=(\d+)\./m.exec(await here.text())?.[1];

  await server.kill9();
  await here.page.locator('#status:not([data-name="live"])').waitFor();
  server = await folder.serve(["--demo", "--port", String(server.port)], HEARTBEAT);

  await here.waitForStatus("live");
  expect((await here.task(id))?.title).toBe("acknowledged before the kill");
  // What is typed is given up when the shell's own process has not come back within 10 s.
  await here.page.locator('.terminal [role=status][data-status="live"]').waitFor();
  await here.type('clear; echo "still=$$."\n');
  await here.waitForText(/^still=\d+\./m);
  expect(/^still=(\d+)\./m.exec(await here.text())?.[1]).toBe(shellBefore);

  const fresh = await openDemo(browser, server.url);
  await fresh.waitForStatus("live");
  await fresh.waitForTask(id, "acknowledged before the kill", false);
  await fresh.close();
});

it("4: a rename that the server refuses leaves the page in one step, with the reason shown", async () => {
  const id = await here.addTask("keeps its title");
  await here.waitForTask(id, "keeps its title", false);
  await here.page.evaluate((taskId) => {
    const { client } = globalThis as unknown as {
      client: {
        tasks: { entity(id: string): { getSnapshot(): { title: string }; subscribe(l: () => void): void } };
      };
    };
    const entity = client.tasks.entity(taskId);
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    entity.subscribe(() => seen.push(entity.getSnapshot().title));
  }, id);

  await here.renameTask(id, "");
  await here.page.locator("#refusal").waitFor();

  expect(await here.page.locator("#refusal").innerText()).toMatch(/title/i);
  await here.waitForTask(id, "keeps its title", false);
  expect(await here.page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)).toEqual([
    "",
    "keeps its title",
  ]);
});

it("no error reached either page", () => {
  expect([...here.errors, ...there.errors]).toEqual([]);
});
