// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { createSocketTransport } from "../../sdk/connection/socket-transport.ts";
import { startSocketServer } from "./socket-server.ts";

it("the window's offline event alone does not end a connection that works", async () => {
  const server = await startSocketServer();
  const transport = createSocketTransport()({ url: server.url, timeoutMs: 5_000 });
  const { promise: greeted, resolve: greet } = Promise.withResolvers<void>();
  const { promise: spoken, resolve: speak } = Promise.withResolvers<string>();
  transport.join(
    "/ui",
    {},
    {
      joined() {},
      event(name) {
        if (name === "connection_status") greet();
        else speak(name);
      },
      closed: ({ kind }) => speak(`closed: ${kind}`),
    },
  );
  await greeted;
  window.dispatchEvent(new Event("offline"));
  server.io.of("/ui").emit("still");
  await expect(spoken).resolves.toBe("still");
  transport.close();
  await server.close();
});
