import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./support/patience.ts";

/** `npm run test:chaos`: the long runs of what `npm test` runs with few seeds. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    passWithNoTests: true,
    expect: { poll: { timeout: PATIENCE_MS } },
    include: ["test/chaos/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 8 * PATIENCE_MS,
    fileParallelism: false,
  },
});
