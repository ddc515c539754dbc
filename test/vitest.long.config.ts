import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:long`: proofs that take the minutes they are about; `npm test` runs a short form of each. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.long.ts"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
