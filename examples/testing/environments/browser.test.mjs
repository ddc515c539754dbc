import { setupWorker } from "msw/browser";
import { afterAll, beforeAll, test, vi } from "vitest";
import { checks } from "./checks.mjs";

const worker = setupWorker();
const requests = [];
worker.events.on("request:start", ({ request }) => {
  if (request.url.includes("/socket.io/")) requests.push(request.url);
});
beforeAll(() => worker.start({ quiet: true, onUnhandledRequest: "bypass" }));
afterAll(() => worker.stop());

checks({
  test,
  async use(handlers) {
    requests.length = 0;
    worker.use(...handlers);
    return { reset: () => worker.resetHandlers(), requests: () => requests };
  },
  timers: {
    install: () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }),
    advance: (ms) => vi.advanceTimersByTimeAsync(ms),
    uninstall: () => vi.useRealTimers(),
  },
});
