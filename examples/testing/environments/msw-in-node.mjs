import { setupServer } from "msw/node";

/** One msw for a test file, which is how msw is meant to be used. */
export function mswInNode() {
  const server = setupServer();
  const requests = [];
  server.events.on("request:start", ({ request }) => requests.push(request.url));
  return {
    listen: () => server.listen(),
    close: () => server.close(),
    async use(handlers) {
      requests.length = 0;
      server.use(...handlers);
      return { reset: () => server.resetHandlers(), requests: () => requests };
    },
  };
}
