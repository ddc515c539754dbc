import { createServer as createHttpServer } from "node:http";
import { fileURLToPath } from "node:url";
import express from "express";
import { createServer } from "holdfast/server";

const app = express().use(express.static(fileURLToPath(new URL(".", import.meta.url))));
const http = createHttpServer(app);
const holdfast = await createServer({ store: process.env.STORE ?? "data" });
holdfast.attach(http);
http.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${http.address().port}`);
});
process.on("SIGTERM", async () => {
  await holdfast.close();
  http.close();
});
