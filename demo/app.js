import { showAnswer } from "./answer.js";
import { showBoard } from "./board.js";
import { $ } from "./dom.js";
import { showFeed } from "./feed.js";
import { showMail } from "./mail.js";
import { showNetwork } from "./network.js";
import { showPeople } from "./people.js";
import { showSecondUser } from "./second-user.js";
import { showSessions } from "./sessions.js";
import { showStatus } from "./status.js";
import { wire } from "./wire.js";

const { createClient, indexedDb } = globalThis.Holdfast;
const query = new URLSearchParams(location.search);
const projectId = query.get("project") ?? "demo";

// Before the client connects: what it says goes over a wire that can be broken.
wire.install();
const client = createClient({
  url: location.origin,
  projectId,
  persistence: indexedDb("holdfast-demo"),
});

for (const element of document.querySelectorAll("#project, #feed-project")) element.textContent = projectId;
showStatus(client);
showBoard(client);
showSessions(client, query.get("session") ?? "shell");
showPeople(client);
showMail(client);
showAnswer(client);
showFeed(client);
showNetwork(client);
showSecondUser(client);
$("#inspector").client = client;

// Shown at once when something is kept on this device, else with the first answer: not empty first and full later.
const reveal = () => {
  const { name } = client.status.getSnapshot();
  if (client.tasks.list().length === 0 && ["idle", "connecting", "syncing"].includes(name)) return;
  document.body.dataset.ready = "true";
  for (const stop of waiting) stop();
};
const waiting = [client.status.subscribe(reveal), client.tasks.subscribe(reveal)];

client.connect().catch(() => {
  // A refusal is a status like any other: the bar above says why.
});

// For the curious, at the console.
globalThis.client = client;
