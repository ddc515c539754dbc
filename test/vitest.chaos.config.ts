import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:chaos`: the long runs of what `npm test` runs with few seeds. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    passWithNoTests: true,
    include: ["test/chaos/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
