import { createTerminalPanel } from "./terminal.js";

const $ = (selector) => document.querySelector(selector);

export function showSessions(client, wanted) {
  const tabs = $("#sessions");
  const panel = createTerminalPanel(client);
  const buttons = new Map();
  let selected;

  const select = (id) => {
    selected = id;
    panel.show(id);
    draw();
  };

  const draw = () => {
    const sessions = [...client.sessions.list()].sort(
      (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
    );
    for (const [id, button] of buttons) {
      if (sessions.some((session) => session.id === id)) continue;
      button.remove();
      buttons.delete(id);
    }
    for (const session of sessions) {
      let button = buttons.get(session.id);
      if (button === undefined) {
        button = document.createElement("button");
        button.type = "button";
        button.setAttribute("role", "tab");
        button.append(document.createElement("span"), document.createElement("span"));
        button.lastChild.className = "badge";
        button.addEventListener("click", () => select(session.id));
        buttons.set(session.id, button);
        tabs.append(button);
      }
      button.firstChild.textContent = session.name;
      button.lastChild.textContent = session.status.replace("_", " ");
      button.setAttribute("aria-selected", String(session.id === selected));
    }
    if (selected === undefined) {
      const first = sessions.find((session) => session.id === wanted) ?? sessions[0];
      if (first !== undefined) select(first.id);
    }
  };

  client.sessions.subscribe(draw);
  draw();
}
