import { afterAll, beforeAll, jest, test } from "@jest/globals";
import { checks } from "./checks.mjs";
import { mswInNode } from "./msw-in-node.mjs";

const msw = mswInNode();
beforeAll(() => msw.listen());
afterAll(() => msw.close());

checks({
  test,
  use: msw.use,
  timers: {
    // What promises and msw's own messages run on is left alone, as vitest does by default.
    install: () => jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] }),
    advance: (ms) => jest.advanceTimersByTimeAsync(ms),
    uninstall: () => jest.useRealTimers(),
  },
});
