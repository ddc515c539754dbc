import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "./setup/chromium.ts";
import { emptyHome } from "./setup/home.ts";
import { PATIENCE_MS } from "./support/patience.ts";

/** Folders with a project of their own; everything else under `test/` is a unit test. */
const apart = ["redis", "cluster", "browser", "e2e", "chaos"];

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    passWithNoTests: true,
    expect: { poll: { timeout: PATIENCE_MS } },
    // A test may have to be patient more than once, and the property tests take a minute of a busy machine.
    testTimeout: 8 * PATIENCE_MS,
    hookTimeout: 8 * PATIENCE_MS,
    // Random tests print their seed. The same one at every run, so that a failure is the change's; SEED= tries others.
    env: { SEED: process.env["SEED"] ?? "20261121", ...emptyHome() },
    coverage: {
      provider: "v8",
      include: ["sdk/**/*.ts", "server/**/*.ts"],
      reporter: ["text", "json-summary"],
      reportsDirectory: ".build/coverage",
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: apart.map((folder) => `test/${folder}/**`),
        },
      },
      {
        extends: true,
        test: {
          name: "redis",
          include: ["test/redis/**/*.test.ts"],
          globalSetup: ["test/setup/redis.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/setup/redis.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
