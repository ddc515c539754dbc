import { createServer as createHttpServer } from "node:http";
import express from "express";
import { createServer } from "holdfast/server";
import { collections } from "./collections.mjs";

/** An Express app with live state beside its own routes, on one port. */
export async function start({ port = 3000, store = "data" } = {}) {
  const app = express();
  const http = createHttpServer(app);
  const holdfast = await createServer({ store, collections });
  holdfast.attach(http);

  app.get("/hello", (_request, response) => response.send("Your own routes are untouched"));
  app.post("/deploys/:release", async (request, response) => {
    const { release } = request.params;
    const value = { release, state: "running" };
    // The same service as the wire: checked, in one transaction, told to everybody who looks.
    const { result } = await holdfast.mutate("shop", {
      op: "create",
      collection: "deploys",
      id: release,
      value,
    });
    await holdfast.channels.publish("shop", "log", { line: `deploying ${release}` });
    response.status(201).json(result);
  });

  await new Promise((resolve) => http.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    async close() {
      await holdfast.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const { url, close } = await start({ port: Number(process.env.PORT ?? 3000) });
  console.log(`listening on ${url}`);
  process.once("SIGTERM", close);
}
