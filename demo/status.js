const $ = (selector) => document.querySelector(selector);

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
      return status.latencyMs === undefined ? "Live" : `Live, ${status.latencyMs} ms`;
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
    const next = sentence(status, Date.now());
    if (text.textContent !== next) text.textContent = next;
    retry.hidden = status.name !== "waiting" && status.name !== "offline" && status.name !== "refused";
    clearTimeout(clock);
    if (status.name === "waiting") clock = setTimeout(draw, 250);
  };

  const drawPending = () => {
    const count = client.mutations.getSnapshot().pending.length;
    pending.hidden = count === 0;
    pending.textContent = `${count} ${count === 1 ? "change" : "changes"} not confirmed yet`;
  };

  retry.addEventListener("click", () => client.reconnect());
  client.status.subscribe(draw);
  client.mutations.subscribe(drawPending);
  draw();
  drawPending();
}
