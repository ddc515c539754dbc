import { createAgent } from "holdfast/agent";

/** Runs what people start from a dashboard, but only what is named here. */
export function start({ url = "http://127.0.0.1:3000", projectId = "demo" } = {}) {
  return createAgent({
    url,
    projectId,
    commands: { greet: "echo hello from the agent", build: "npm run build" },
    onLine: (line) => console.log(line),
  });
}

if (process.argv[1] === import.meta.filename) {
  const agent = start({ url: process.env.HOLDFAST_URL });
  process.once("SIGTERM", () => agent.close());
}
