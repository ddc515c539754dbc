import { make, say } from "./dom.js";

const { attachTerminal } = globalThis.Holdfast;

/** What the line above a terminal says for each state of the attachment. */
function sentence(state) {
  const typed = state.pendingInput > 0 ? `, ${state.pendingInput} typed and waiting` : "";
  switch (state.status) {
    case "attaching":
      return "Attaching";
    case "live":
      return `Live${typed}`;
    case "catching-up":
      return state.lagBytes > 0
        ? `Catching up, ${Math.ceil(state.lagBytes / 1024)} KiB behind${typed}`
        : `Catches up once connected${typed}`;
    case "owner-lost":
      return "The shell's machine is away";
    case "exited":
      return state.exitCode === null ? "Ended" : `Ended with code ${state.exitCode}`;
    case "refused":
      return state.error?.code === "NOT_FOUND" ? "No terminal yet" : (state.error?.message ?? "Refused");
  }
}

/** How many cells fit: the width and height of a cell, measured on the screen itself. */
function proposeSize(host, terminal) {
  const screen = host.querySelector(".xterm-screen");
  if (screen === null || screen.clientWidth === 0) return undefined;
  const cellWidth = screen.clientWidth / terminal.cols;
  const cellHeight = screen.clientHeight / terminal.rows;
  const style = getComputedStyle(host);
  const width = host.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 14;
  const height = host.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  return {
    cols: Math.max(20, Math.floor(width / cellWidth)),
    rows: Math.max(5, Math.floor(height / cellHeight)),
  };
}

export function createTerminalPanel(client, sessionId) {
  const name = make("h3");
  const status = make("span", { className: "quiet", role: "status" });
  const host = make("div", { className: "glass", dataset: { session: sessionId } });
  const note = make("p", {
    className: "quiet empty",
    hidden: true,
    textContent: `Nobody shares a terminal for this session. Try: npx holdfast share --project ${client.projectId} --session ${sessionId} -- bash`,
  });
  const element = make(
    "section",
    { className: "terminal" },
    make("div", { className: "panel-head" }, name, status),
    host,
    note,
  );
  const terminal = new globalThis.Terminal({
    fontSize: 14,
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    cursorBlink: false,
    theme: { background: "#10161c" },
  });
  let attachment;

  const fit = () => {
    const size = proposeSize(host, terminal);
    if (size === undefined || attachment === undefined) return;
    if (size.cols !== terminal.cols || size.rows !== terminal.rows) attachment.resize(size.cols, size.rows);
  };
  // The size is everybody's: it follows whoever works in the terminal, not whoever looks at it.
  host.addEventListener("focusin", fit);
  const onResize = () => {
    if (host.contains(document.activeElement)) fit();
  };
  addEventListener("resize", onResize);

  const draw = () => {
    const state = attachment.getSnapshot();
    say(status, sentence(state));
    status.dataset.status = state.status;
    const isMissing = state.status === "refused" && state.error?.code === "NOT_FOUND";
    host.hidden = isMissing;
    note.hidden = !isMissing;
  };
  // xterm.js measures its cells when it is opened: that has to wait until it is in the page.
  const opening = requestAnimationFrame(() => {
    terminal.open(host);
    attachment = attachTerminal(client, { sessionId, terminal });
    attachment.subscribe(draw);
    draw();
  });

  return {
    element,
    terminal,
    show() {
      const shown = client.sessions.get(sessionId)?.name ?? sessionId;
      say(name, shown);
      element.ariaLabel = `Terminal of ${shown}`;
    },
    dispose() {
      cancelAnimationFrame(opening);
      removeEventListener("resize", onResize);
      attachment?.detach();
      terminal.dispose();
    },
  };
}
