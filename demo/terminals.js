import { $, createList } from "./dom.js";
import { createTerminalPanel } from "./terminal.js";

/** A grid that follows the shared focus: what somebody brings to the front is in front here too. */
export function showTerminals(client) {
  const grid = $("#terminals");
  const terminals = new Map();
  const show = createList(grid, ({ id }) => {
    const panel = createTerminalPanel(client, id);
    terminals.set(id, panel.terminal);
    return {
      ...panel,
      dispose() {
        terminals.delete(id);
        panel.dispose();
      },
    };
  });
  const draw = () => {
    const { focusedSessions } = client.focus.getSnapshot();
    grid.dataset.count = String(focusedSessions.length);
    $("#no-terminal").hidden = focusedSessions.length > 0;
    show(focusedSessions.map((id) => ({ id })));
  };
  client.focus.subscribe(draw);
  client.sessions.subscribe(draw);
  draw();
  // For the curious, at the console.
  globalThis.terminals = terminals;
}
