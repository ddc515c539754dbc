import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createServer, type Server } from "../../server/index.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { chromiumLaunch } from "../setup/chromium.ts";
import { edits, put } from "../store/edits.ts";
import { openStatePage, type Shown } from "./state-page.ts";

const TASKS = 50_000;

interface Watch {
  readonly progress: { done: number; total: number }[];
  /** Milliseconds of each task of the page over 50 ms, the browser's own count. */
  readonly longTasks: number[];
  /** Milliseconds between two frames, the longest. */
  longestFrameGap: number;
  /** Turns the page got for something else between the first and the last page of the snapshot. */
  turns: number;
}
declare const shown: Shown & { watch: Watch };

let browser: Browser;
let server: Server;
let url: string;

beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunch());
  const store = createMemoryStore();
  for (let from = 0; from < TASKS; from += 1_000) {
    const some = Array.from({ length: 1_000 }, (_, at) =>
      put("tasks", `t${from + at}`, {
        title: `Task ${from + at}`,
        status: "todo",
        priority: 3,
        sessionIds: [],
      }),
    );
    await store.transact("p1", edits(some));
  }
  server = await createServer({ store });
  ({ url } = await server.listen({ port: 0 }));
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it(`a snapshot of ${TASKS} tasks arrives in pages with progress, and the page goes on living meanwhile`, async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const watch: Watch = { progress: [], longTasks: [], longestFrameGap: 0, turns: 0 };
    Object.assign(globalThis, { watch });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watch.longTasks.push(Math.round(duration));
    }).observe({ type: "longtask", buffered: true });
    let last = performance.now();
    const frame = (): void => {
      const now = performance.now();
      watch.longestFrameGap = Math.max(watch.longestFrameGap, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    setInterval(() => {
      if (watch.progress.length > 0) watch.turns += 1;
    }, 10);
  });
  const page = await openStatePage(context, {
    url,
    onStatus: () => {
      const status = shown.client.status.getSnapshot();
      if (status.name === "syncing" && status.progress !== undefined)
        shown.watch.progress.push(status.progress);
    },
  });
  await page.waitForStatus("live", 50_000);

  const { watch, size } = await page.page.evaluate(() => ({
    watch: shown.watch,
    size: shown.client.tasks.list().length,
  }));
  const longest = Math.max(0, ...watch.longTasks);
  console.log(
    `${TASKS} tasks: ${watch.progress.length} steps of progress, ${watch.turns} other turns of the page, ` +
      `longest task ${longest} ms of ${watch.longTasks.length} over 50 ms, ` +
      `longest gap between frames ${Math.round(watch.longestFrameGap)} ms`,
  );
  expect(size).toBe(TASKS);
  const done = watch.progress.map((step) => step.done);
  expect(done.length).toBeGreaterThanOrEqual(20);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBeLessThanOrEqual(TASKS);
  for (const { total } of watch.progress) expect(total).toBe(TASKS);
  expect(watch.turns).toBeGreaterThan(0);
  expect(page.errors).toEqual([]);
});
