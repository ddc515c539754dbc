import { $, make, say } from "./dom.js";

const WORDS = ["steady", "swift", "quiet", "bright", "plain", "bold"];
const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** Somebody else, over plain HTTP: their network is never the one that was broken here. */
export function createSecondUser(projectId) {
  const call = async (method, path, body) => {
    const response = await fetch(`/api/${path}?projectId=${encodeURIComponent(projectId)}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail ?? answer.title ?? `answered ${response.status}`);
    return answer;
  };
  const list = async (path) => (await call("GET", path)).items;
  return {
    async rename() {
      const task = pick((await list("tasks")).filter(({ status }) => status !== "completed"));
      if (task === undefined) return "found no open task";
      const title = `${task.title.replace(/ \(\w+\)$/, "")} (${pick(WORDS)})`;
      await call("PATCH", `tasks/${task.id}`, { title });
      return `renamed “${title}”`;
    },
    async move() {
      const task = pick(await list("tasks"));
      if (task === undefined) return "found no task";
      const status = pick(
        ["todo", "in_progress", "blocked", "completed"].filter((one) => one !== task.status),
      );
      await call("PATCH", `tasks/${task.id}`, { status });
      return `moved “${task.title}” to ${status.replace("_", " ")}`;
    },
    async take() {
      const task = pick((await list("tasks")).filter(({ claimedBy }) => claimedBy === undefined));
      const session = pick(await list("sessions"));
      if (task === undefined || session === undefined) return "found nothing to claim";
      await call("POST", `tasks/${task.id}/claim`, { sessionId: session.id });
      return `claimed “${task.title}” for ${session.name}`;
    },
    async ask() {
      const session = (await list("sessions")).find(({ status }) => status === "working");
      if (session === undefined) return "found no session at work";
      const needsInput = { active: true, message: "Continue? (y/n)" };
      await call("PATCH", `sessions/${session.id}`, { status: "needs_input", needsInput });
      return `${session.name} asks something`;
    },
    async write() {
      const [session] = await list("sessions");
      if (session === undefined) return "found no session";
      const body = `Be ${pick(WORDS)}.`;
      await call("POST", "mail", { toSessionId: session.id, type: "directive", subject: "", body });
      return `wrote to ${session.name}`;
    },
    publish: (channel, data) => call("POST", `channels/${encodeURIComponent(channel)}`, { data }),
  };
}

const ACTIONS = [
  ["Renames a task", "rename"],
  ["Moves a task", "move"],
  ["Claims a task", "take"],
  ["Asks for input", "ask"],
  ["Sends mail", "write"],
];

export function showSecondUser(client) {
  const user = createSecondUser(client.projectId);
  const said = $("#second-said");
  for (const [label, what] of ACTIONS) {
    const button = make("button", { type: "button", textContent: label });
    button.addEventListener("click", async () => {
      try {
        say(said, `Sam ${await user[what]()}`);
      } catch (error) {
        say(said, `Sam could not: ${error.message}`);
      }
    });
    $("#second-user").append(button);
  }
}
