import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** A real Chromium (`CHROMIUM_PATH`), where a service worker that stands in `public/` carries what is no WebSocket. */
export default defineConfig({
  publicDir: "public",
  optimizeDeps: { include: ["holdfast", "holdfast/testing", "msw", "msw/browser"] },
  test: {
    include: ["browser.test.mjs"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
          args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
