import { createServer } from "../../server/index.ts";
import { onPace, serveParent } from "./child.ts";
import { changesOf, TASK } from "./update.ts";

/* The server as `holdfast serve` runs it. STORE: `memory` (default), a folder or a Redis. */
const server = await createServer({ store: process.env["STORE"] ?? "memory" });
for (const projectId of process.env["PROJECTS"]?.split(",") ?? ["p1"]) {
  if ((await server.entity(projectId, "tasks", "t1")) === undefined)
    await server.mutate(projectId, { op: "create", collection: "tasks", id: "t1", value: TASK });
}
onPace((n, projectId) => {
  const change = { op: "merge", collection: "tasks", id: "t1", value: changesOf(n) } as const;
  // A disk that cannot follow refuses some: what is delivered counts.
  server.mutate(projectId, change).catch(() => undefined);
});
const { port } = await server.listen({ port: Number(process.env["PORT"] ?? 0) });
serveParent(port, () => server.close());
