import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { watchTokens } from "./token-watch.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunch());
});

afterAll(async () => {
  await browser?.close();
});

it("a page with tokens of 60 s is open for 5 minutes without a drop, and writes all the while", async () => {
  const seen = await watchTokens(browser, 60_000, 300_000);
  expect(seen).toMatchObject({ statuses: [], connections: 0, errors: [], titles: { a: `a${seen.edits}` } });
  expect(seen.tokens).toBeGreaterThanOrEqual(5);
});
