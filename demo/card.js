import { COLUMNS } from "./columns.js";
import { make, say } from "./dom.js";

const label = (name, field) => {
  field.ariaLabel = name;
  return field;
};

/** One task: its title to edit in place, its column, who works on it. */
export function createCard(client, id) {
  const title = label("Title", make("textarea", { className: "title", rows: 1, autocomplete: "off" }));
  const move = label("Column", make("select", { className: "small" }));
  for (const [value, text] of [...COLUMNS, ["failed", "Failed"]]) move.append(new Option(text, value));
  const claim = make("button", { type: "button", className: "small" });
  const remove = label(
    "Remove task",
    make("button", { type: "button", className: "remove", textContent: "×" }),
  );
  const mark = make("span", { className: "mark" });
  const element = make(
    "li",
    { className: "task", draggable: true, dataset: { id } },
    title,
    mark,
    make(
      "div",
      { className: "tools" },
      make("span", { className: "grip", textContent: "⠿", title: "Drag" }),
      move,
      claim,
      remove,
    ),
  );

  const rename = () => {
    const shown = client.tasks.get(id);
    if (shown === undefined || title.value === shown.title) return;
    client.tasks.update(id, (task) => {
      task.title = title.value;
    });
  };
  title.addEventListener("change", rename);
  title.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      // A title is one line, however many it takes on the screen.
      event.preventDefault();
      title.blur();
    }
    if (event.key === "Escape") {
      title.value = client.tasks.get(id)?.title ?? "";
      title.blur();
    }
  });
  title.addEventListener("blur", () => {
    title.value = client.tasks.get(id)?.title ?? title.value;
  });
  // A field in a draggable card could not be selected with the mouse.
  title.addEventListener("focus", () => (element.draggable = false));
  title.addEventListener("blur", () => (element.draggable = true));
  move.addEventListener("change", () => {
    client.tasks.update(id, (task) => {
      task.status = move.value;
    });
  });
  claim.addEventListener("click", () => {
    if (client.tasks.get(id)?.claimedBy !== undefined) return client.tasks.release(id);
    const [focused] = client.focus.getSnapshot().focusedSessions;
    const session = client.sessions.get(focused) ?? client.sessions.list()[0];
    if (session !== undefined) client.tasks.claim(id, session.id);
  });
  remove.addEventListener("click", () => client.tasks.remove(id));
  element.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/task", id);
    event.dataTransfer.effectAllowed = "move";
  });

  return {
    element,
    show(task) {
      const isPending = client.mutations.getSnapshot().pending.some(({ entityId }) => entityId === id);
      // What is being typed is the user's; it is taken up when they leave the field.
      if (document.activeElement !== title && title.value !== task.title) title.value = task.title;
      element.ariaLabel = task.title;
      move.value = task.status;
      element.dataset.status = task.status;
      element.dataset.pending = String(isPending);
      say(mark, isPending ? "pending" : "");
      const holder = task.claimedBy && (client.sessions.get(task.claimedBy)?.name ?? task.claimedBy);
      say(claim, holder ? `${holder} ×` : "Claim");
      claim.title = holder ? `Claimed by ${holder}; click to release` : "Claim it for the session in front";
      claim.dataset.isClaimed = String(holder !== undefined);
    },
  };
}
