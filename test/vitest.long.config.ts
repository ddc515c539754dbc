import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./support/patience.ts";

/** `npm run test:long`: proofs that take the minutes they are about; `npm test` runs a short form of each. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    expect: { poll: { timeout: PATIENCE_MS } },
    include: ["test/**/*.long.ts"],
    testTimeout: 600_000,
    hookTimeout: 8 * PATIENCE_MS,
    fileParallelism: false,
  },
});
