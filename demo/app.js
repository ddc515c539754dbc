import { showSessions } from "./sessions.js";
import { showStatus } from "./status.js";
import { showTasks } from "./tasks.js";

const { createClient, indexedDb } = globalThis.Holdfast;
const query = new URLSearchParams(location.search);
const projectId = query.get("project") ?? "demo";

const client = createClient({
  url: location.origin,
  projectId,
  ...(indexedDb === undefined ? {} : { persistence: indexedDb("holdfast-demo") }),
});

document.querySelector("#project").textContent = projectId;
showStatus(client);
showTasks(client);
showSessions(client, query.get("session") ?? "shell");

client.connect().catch(() => {
  // A refusal is a status like any other: the bar above says why.
});

// For the curious, at the console.
globalThis.client = client;
