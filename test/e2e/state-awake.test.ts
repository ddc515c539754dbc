import { readFile } from "node:fs/promises";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, describe, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { createServedFolder } from "../support/served.ts";
import { openWitness } from "./state-witness.ts";
import { watchTokens } from "./token-watch.ts";
import { openUnwatchedTab } from "./unwatched-tab.ts";

/** So that a server gives a frozen page up while somebody watches. */
const HEARTBEAT = { HOLDFAST_PING_INTERVAL_MS: "1000", HOLDFAST_PING_TIMEOUT_MS: "1000" };
const CLIENT = `
  client = Holdfast.createClient({ url: location.origin, projectId: "p1" });
  heard = [];
  for (const event of ["freeze", "resume"]) document.addEventListener(event, () => heard.push(event));
  client.connect()`;
/** Resolves once the page shows the title. */
const shows = (id: string, title: string): string => `new Promise((resolve) => {
  const look = () => client.tasks.get("${id}")?.title === "${title}" && resolve(true);
  client.tasks.subscribe(look);
  look();
})`;

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunch());
});

afterAll(async () => {
  await browser?.close();
});

// Both take the time they are about, on servers of their own: side by side they take it once.
describe.concurrent("a page left alone", () => {
  it("that was frozen until the server gave it up wakes and catches up by a delta", async ({ expect }) => {
    const folder = await createServedFolder();
    const server = await folder.serve(["--port", "0"], HEARTBEAT);
    const connected = async (): Promise<number> => {
      const answer = await fetch(`${server.url}/ws-status`);
      return ((await answer.json()) as { namespaces: { ui: { connected: number } } }).namespaces.ui.connected;
    };
    const witness = await openWitness(server.url);
    // A page of the server itself, so that the tab is one of its own origin.
    const tab = await openUnwatchedTab(browser, `${server.url}/healthz`);
    try {
      await expect
        .poll(() => tab.evaluate("location.origin + document.readyState"))
        .toBe(`${server.url}complete`);
      await tab.evaluate(`${await readFile("dist/holdfast.global.js", "utf8")};0`);
      await tab.evaluate(CLIENT);
      await witness.write("a", "before");
      await tab.evaluate(shows("a", "before"));

      await tab.send("Page.setWebLifecycleState", { state: "frozen" });
      await witness.write("a", "while frozen");
      await witness.write("b", "made while frozen");
      await expect.poll(connected).toBe(1);
      await tab.send("Page.setWebLifecycleState", { state: "active" });

      await tab.evaluate(shows("b", "made while frozen"));
      await tab.evaluate(shows("a", "while frozen"));
      await tab.evaluate("client.whenLive()");
      expect(await tab.evaluate("heard")).toEqual(["freeze", "resume"]);
      const outcomes = `client.trace.export().entries
        .filter(({ kind, name }) => kind === "sync" && name === "sync").map(({ detail }) => detail.outcome)`;
      expect(await tab.evaluate(outcomes)).toEqual(["snapshot", "delta"]);
    } finally {
      await tab.close();
      witness.close();
      await folder.dispose();
    }
  });

  it("with tokens of 3 s never drops, and writes all the while", async ({ expect }) => {
    const seen = await watchTokens(browser, 3_000, 9_000);
    expect(seen).toMatchObject({ statuses: [], connections: 0, errors: [], titles: { a: `a${seen.edits}` } });
    expect(seen.tokens).toBeGreaterThanOrEqual(3);
  });
});
