import { afterAll, beforeAll, test, vi } from "vitest";
import { checks } from "./checks.mjs";
import { mswInNode } from "./msw-in-node.mjs";

const msw = mswInNode();
beforeAll(() => msw.listen());
afterAll(() => msw.close());

checks({
  test,
  use: msw.use,
  timers: {
    install: () => vi.useFakeTimers(),
    advance: (ms) => vi.advanceTimersByTimeAsync(ms),
    uninstall: () => vi.useRealTimers(),
  },
});
