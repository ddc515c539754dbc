import { $, say } from "./dom.js";

/** One sentence for each state of the connection: what is, and why. */
function sentence(status, now) {
  switch (status.name) {
    case "idle":
      return "Not connected";
    case "connecting":
      return status.attempt > 1 ? `Connecting, try ${status.attempt}` : "Connecting";
    case "syncing": {
      const { progress } = status;
      return progress ? `Catching up: ${progress.done} of ${progress.total}` : "Catching up";
    }
    case "live":
      return status.latencyMs === undefined ? "Live" : `Live, ${Math.round(status.latencyMs)} ms`;
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((status.retryAt - now) / 1000));
      return `${status.error?.message ?? "Connection lost"}. Next try in ${seconds} s`;
    }
    case "offline":
      return `Offline: ${status.reason}`;
    case "refused":
      return `Refused: ${status.error.message}`;
    case "closed":
      return "Closed";
  }
}

export function showStatus(client) {
  const bar = $("#status");
  const text = $("#status-text");
  const retry = $("#retry");
  const pending = $("#pending");
  let clock;

  const draw = () => {
    const status = client.status.getSnapshot();
    bar.dataset.name = status.name;
    say(text, sentence(status, Date.now()));
    retry.hidden = status.name !== "waiting" && status.name !== "offline" && status.name !== "refused";
    clearTimeout(clock);
    if (status.name === "waiting") clock = setTimeout(draw, 250);
  };

  const drawPending = () => {
    const count = client.mutations.getSnapshot().pending.length;
    say(pending, count === 0 ? "" : `${count} pending`);
    pending.title = "Changes that the server has not confirmed yet";
  };

  retry.addEventListener("click", () => client.reconnect().catch(() => {}));
  client.status.subscribe(draw);
  client.mutations.subscribe(drawPending);
  draw();
  drawPending();
}
