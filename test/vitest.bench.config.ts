import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run bench`: comparisons against a peer in the same run. A file alone at a time, or they measure each other. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    benchmark: { include: ["bench/**/*.bench.ts"] },
  },
});
