const $ = (selector) => document.querySelector(selector);
const { attachTerminal } = globalThis.Holdfast;

/** What the line above the terminal says for each state of the attachment. */
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

export function createTerminalPanel(client) {
  const host = $("#terminal");
  const status = $("#terminal-status");
  const note = $("#no-terminal");
  let current;

  const fit = () => {
    if (current === undefined) return;
    const size = proposeSize(host, current.terminal);
    if (size === undefined) return;
    const { cols, rows } = current.terminal;
    if (size.cols !== cols || size.rows !== rows) current.attachment.resize(size.cols, size.rows);
  };
  // The size is everybody's: it follows whoever works in the terminal, not whoever looks at it.
  host.addEventListener("focusin", fit);
  addEventListener("resize", () => {
    if (host.contains(document.activeElement)) fit();
  });

  const close = () => {
    current?.attachment.detach();
    current?.terminal.dispose();
    current = undefined;
    host.replaceChildren();
  };

  const open = (sessionId) => {
    const terminal = new globalThis.Terminal({
      fontSize: 14,
      fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
      cursorBlink: false,
      theme: { background: getComputedStyle(host).backgroundColor },
    });
    terminal.open(host);
    const attachment = attachTerminal(client, { sessionId, terminal });
    const draw = () => {
      const state = attachment.getSnapshot();
      status.textContent = sentence(state);
      status.dataset.status = state.status;
      const isMissing = state.status === "refused" && state.error?.code === "NOT_FOUND";
      host.hidden = isMissing;
      note.hidden = !isMissing;
      note.textContent = `Nobody shares a terminal for this session. Try: npx holdfast share --project ${document.querySelector("#project").textContent} --session ${sessionId} -- bash`;
    };
    attachment.subscribe(draw);
    draw();
    current = { terminal, attachment };
    // For the curious, at the console.
    globalThis.terminal = terminal;
  };

  return {
    show(sessionId) {
      close();
      open(sessionId);
    },
  };
}
