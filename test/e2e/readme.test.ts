import { readFile } from "node:fs/promises";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumLaunch } from "../setup/chromium.ts";
import { createServedFolder, type Served, type ServedFolder } from "../support/served.ts";

let browser: Browser;
let folder: ServedFolder;
let server: Served;

beforeAll(async () => {
  folder = await createServedFolder();
  server = await folder.serve(["--demo", "--port", "0"]);
  browser = await chromium.launch(chromiumLaunch());
});

afterAll(async () => {
  await browser?.close();
  await folder?.dispose();
});

it("the README's page runs as it stands", async () => {
  const html = /^```html\n([\s\S]*?)^```$/m.exec(await readFile("README.md", "utf8"))?.[1] ?? "";
  expect(html.split("\n").length).toBeLessThanOrEqual(26);
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const url = `${server.url}/example.html`;
  await page.route(url, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(url);

  await page.waitForFunction(() => document.title === "live");
  await page.getByText("Open a second page").click();

  const statusOnServer = async (): Promise<string | undefined> => {
    const response = await fetch(`${server.url}/api/tasks?projectId=demo`);
    const { items } = (await response.json()) as { items: { title: string; status: string }[] };
    return items.find(({ title }) => title.startsWith("Open a second page"))?.status;
  };
  await expect.poll(statusOnServer).toBe("completed");
  expect(errors).toEqual([]);
});
