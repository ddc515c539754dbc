import { $ } from "./dom.js";
import { createSecondUser } from "./second-user.js";

const TEXT =
  "A connection is a promise that somebody else can break. Hold the position, not the socket: say where you were, " +
  "take what you missed, and go on. Nothing lost, nothing twice, nothing that flickers.";
const PACE_MS = 120;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Plays the model: publishes the answer word by word, over a network of its own. */
async function speak(projectId, id) {
  const { publish } = createSecondUser(projectId);
  const words = TEXT.split(/(?<= )/);
  for (const [index, chunk] of words.entries()) {
    await publish("ai-response", { id, chunk, index, finished: index === words.length - 1 });
    await sleep(PACE_MS);
  }
}

export function showAnswer(client) {
  const button = $("#ask");
  const answer = $("#answer");
  button.addEventListener("click", async () => {
    button.disabled = true;
    answer.classList.remove("quiet");
    answer.textContent = "";
    const id = crypto.randomUUID();
    const spoken = speak(client.projectId, id).catch((error) => {
      answer.textContent += ` (the speaker stopped: ${error.message})`;
    });
    try {
      for await (const chunk of client.aiStream(id)) answer.append(chunk);
    } catch (error) {
      answer.append(` (${error.message})`);
    }
    await spoken;
    button.disabled = false;
  });
}
