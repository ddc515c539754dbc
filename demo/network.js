import { $, make } from "./dom.js";
import { createSaveButton, showHotModule } from "./hot.js";
import { wire } from "./wire.js";

const SLEEP_MS = 5_000;

/** A button that is on or off. */
function toggle(label, title, change) {
  const button = make("button", { type: "button", textContent: label, title, ariaPressed: "false" });
  button.addEventListener("click", () => {
    const isOn = button.ariaPressed !== "true";
    button.ariaPressed = String(isOn);
    change(isOn);
  });
  return button;
}

function action(label, title, run) {
  const button = make("button", { type: "button", textContent: label, title });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await run();
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page that was in the background: nothing came, then the browser wakes it. */
async function freeze() {
  wire.silence(true);
  document.dispatchEvent(new Event("freeze"));
  await sleep(SLEEP_MS);
  wire.silence(false);
  document.dispatchEvent(new Event("resume"));
}

/** What the server offers to be broken with; only one that was started with `--demo` offers anything. */
async function offers() {
  try {
    const response = await fetch("/demo/offers");
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

async function shortToken({ signal } = {}) {
  const response = await fetch("/demo/token", { method: "POST", signal });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return (await response.json()).token;
}

export function showNetwork(client) {
  const panel = $("#network");
  panel.append(
    toggle("Cut the network", "Ends the connection; none can be made until you plug it in again", wire.cut),
    toggle(
      "Half-open",
      "The connection looks alive, but nothing comes or goes; a heartbeat finds it",
      wire.silence,
    ),
    toggle("300 ms each way", "A slow network", (isOn) => wire.delay(isOn ? 300 : 0)),
    action(`Sleep ${SLEEP_MS / 1_000} s`, "As a laptop that was closed", freeze),
  );
  void offers().then(({ crash: canCrash = false, token: hasTokens = false, save: hasModule = false }) => {
    if (hasModule) {
      showHotModule(client);
      $("#feed-title").after(createSaveButton());
    }
    if (canCrash) {
      panel.append(
        action("kill -9 the server", "It is started again at once, with what was on its disk", async () => {
          await fetch("/demo/crash", { method: "POST" }).catch(() => {
            // It is gone before it can answer.
          });
        }),
      );
    }
    if (hasTokens) {
      panel.append(
        toggle("Tokens of 20 s", "Signs in with tokens that expire while you watch; nothing drops", (isOn) =>
          client.setAuth(isOn ? { getToken: shortToken } : undefined),
        ),
      );
    }
  });
}
