import { type Browser, type BrowserContext, chromium } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { type Relay, startProxy } from "../support/proxy.ts";
import { createServedFolder, type ServedFolder } from "../support/served.ts";
import { openStatePage, type StatePage } from "./state-page.ts";
import { openWitness, type Witness } from "./state-witness.ts";

let browser: Browser;
let folder: ServedFolder;
let proxy: Relay;
let witness: Witness;
let context: BrowserContext;

beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunch());
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  folder = await createServedFolder();
  const server = await folder.serve(["--port", "0"]);
  proxy = await startProxy(server.port);
  witness = await openWitness(server.url);
  context = await browser.newContext();
});

afterEach(async () => {
  await context?.close();
  witness?.close();
  await proxy?.close();
  await folder?.dispose();
});

const open = (): Promise<StatePage> =>
  openStatePage(context, { url: `http://127.0.0.1:${proxy.port}`, database: "offline" });

it("edits made offline survive a reload and a closed tab, and arrive once each, in order", async () => {
  const first = await open();
  await first.waitForStatus("live");
  await first.write("a", "a0");
  await first.waitForPending(0);

  proxy.cut();
  await first.waitForStatus("waiting");
  await first.write("a", "a1");
  await first.write("b", "b0");
  await first.write("a", "a2");
  await first.reload();
  await first.waitForPending(3);
  expect(await first.titles()).toEqual({ a: "a2", b: "b0" });
  await first.write("b", "b1");
  await first.write("a", "a3");
  await first.page.close();

  const second = await open();
  await second.waitForPending(5);
  expect(await second.titles()).toEqual({ a: "a3", b: "b1" });
  expect(witness.heard).toEqual(["a=a0"]);
  proxy.restore();
  await second.waitForStatus("live", 30_000);
  await second.waitForPending(0);

  await expect.poll(() => witness.heard).toEqual(["a=a0", "a=a1", "b=b0", "a=a2", "b=b1", "a=a3"]);
  expect(witness.version("a")).toBe(4);
  expect([...first.errors, ...second.errors]).toEqual([]);
});

it("two tabs share the outbox, nothing is sent twice, and the edits of a closed one are sent by the other", async () => {
  const left = await open();
  await left.waitForStatus("live");
  const right = await open();
  await right.waitForStatus("live");
  await left.write("shared", "s0");
  await right.waitForTitle("shared", "s0");

  proxy.cut();
  await left.waitForStatus("waiting");
  await right.waitForStatus("waiting");
  await left.write("left", "l0");
  await right.write("right", "r0");
  await left.write("left", "l1");
  await right.write("right", "r1");
  await left.write("shared", "s1");
  // The first to open holds the outbox; what it leaves is the other's to send.
  await left.page.close();
  proxy.restore();
  await right.waitForStatus("live", 30_000);
  await right.waitForTitle("left", "l1");
  await right.waitForPending(0);

  await expect.poll(() => witness.heard.length).toBe(6);
  const of = (id: string): string[] => witness.heard.filter((entry) => entry.startsWith(`${id}=`));
  expect([of("left"), of("right"), of("shared")]).toEqual([
    ["left=l0", "left=l1"],
    ["right=r0", "right=r1"],
    ["shared=s0", "shared=s1"],
  ]);
  expect(new Set(witness.mutationIds).size).toBe(6);
  expect([...left.errors, ...right.errors]).toEqual([]);
});
