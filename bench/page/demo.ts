/*
 * How fast the demo page is there, in real Chromium against a real server on this machine: `node bench/page/demo.ts`.
 * Interactive: the status says live and the shell's screen is painted. Figures are medians of five cold loads.
 */
import { chromium } from "playwright";
import { chromiumLaunch } from "../../test/setup/chromium.ts";
import { createServedFolder } from "../../test/support/served.ts";

const LOADS = 5;

interface Load {
  readonly domMs: number;
  readonly paintMs: number;
  readonly listMs: number;
  readonly liveMs: number;
  readonly longTaskMs: number;
  readonly shift: number;
  readonly kib: number;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const folder = await createServedFolder();
const server = await folder.serve(["--demo", "--port", "0"]);
const browser = await chromium.launch(chromiumLaunch());

async function load(width: number): Promise<Load> {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  let bytes = 0;
  page.on("response", (response) => {
    void response.body().then(
      (body) => {
        bytes += body.length;
      },
      () => undefined,
    );
  });
  await page.addInitScript(() => {
    const seen = { live: 0, list: 0, longTask: 0, shift: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longTask = Math.max(seen.longTask, duration);
    }).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
    const look = (): void => {
      if (seen.list === 0 && document.querySelector(".task") !== null) seen.list = performance.now();
      if (seen.live === 0 && document.querySelector('#status[data-name="live"]') !== null)
        seen.live = performance.now();
      if (seen.live === 0 || seen.list === 0) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(server.url);
  await page.locator("[data-session=shell] .xterm-rows").waitFor();
  await page.waitForFunction(
    () => (globalThis as unknown as { seen: { live: number; list: number } }).seen.list > 0,
  );
  const measured = await page.evaluate(() => {
    const { seen } = globalThis as unknown as {
      seen: Record<"live" | "list" | "longTask" | "shift", number>;
    };
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return { ...seen, dom: navigation?.domInteractive ?? 0, paint: paint?.startTime ?? 0 };
  });
  await context.close();
  const { dom, paint, list, live, longTask, shift } = measured;
  return {
    domMs: dom,
    paintMs: paint,
    listMs: list,
    liveMs: live,
    longTaskMs: longTask,
    shift,
    kib: bytes / 1024,
  };
}

try {
  console.log(
    "| width | DOM ready | first paint | tasks shown | live | longest task | layout shift | transfer |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const width of [1_440, 390]) {
    await load(width);
    const loads: Load[] = [];
    for (let n = 0; n < LOADS; n += 1) loads.push(await load(width));
    const of = (field: keyof Load): number => median(loads.map((one) => one[field]));
    const ms = (field: keyof Load): string => `${of(field).toFixed(0)} ms`;
    console.log(
      `| ${width} px | ${ms("domMs")} | ${ms("paintMs")} | ${ms("listMs")} | ${ms("liveMs")} | ${ms("longTaskMs")} | ${of("shift").toFixed(3)} | ${of("kib").toFixed(0)} KiB |`,
    );
  }
} finally {
  await browser.close();
  await folder.dispose();
}
