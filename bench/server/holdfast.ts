import { createServer } from "../../server/index.ts";
import { onPace, serveParent } from "./child.ts";
import { changesOf, TASK } from "./update.ts";

/* The server as `holdfast serve` runs it. STORE: `memory` (default) or a folder. */
const server = await createServer({ store: process.env["STORE"] ?? "memory" });
if ((await server.entity("p1", "tasks", "t1")) === undefined)
  await server.mutate("p1", { op: "create", collection: "tasks", id: "t1", value: TASK });
onPace((n) => {
  const change = { op: "merge", collection: "tasks", id: "t1", value: changesOf(n) } as const;
  // A disk that cannot follow refuses some: what is delivered counts.
  server.mutate("p1", change).catch(() => undefined);
});
const { port } = await server.listen({ port: Number(process.env["PORT"] ?? 0) });
serveParent(port, () => server.close());
