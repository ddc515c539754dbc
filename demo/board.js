import { createCard } from "./card.js";
import { COLUMNS, columnOf } from "./columns.js";
import { $, byAge, createList, make, say } from "./dom.js";

function createColumn(client, [status, title], cardOf) {
  const list = make("ul", { className: "cards", dataset: { status } });
  const count = make("span", { className: "quiet" });
  const element = make(
    "section",
    { className: "column", ariaLabel: title },
    make("h3", {}, `${title} `, count),
    list,
  );
  element.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("text/task")) return;
    event.preventDefault();
    element.dataset.over = "true";
  });
  element.addEventListener("dragleave", () => delete element.dataset.over);
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    delete element.dataset.over;
    const id = event.dataTransfer.getData("text/task");
    if (client.tasks.get(id)?.status === status) return;
    client.tasks.update(id, (task) => {
      task.status = status;
    });
  });
  return { element, list, count, show: createList(list, ({ id }) => cardOf(id)) };
}

/** Refused writes stay until they are read: what was wanted, why not, and who has it now. */
function showRefusals(client) {
  const box = $("#refusal");
  client.mutations.onRejected((mutation, error) => {
    const holder = error.details?.claimedBy;
    const name = holder && (client.sessions.get(holder)?.name ?? holder);
    const task = client.tasks.get(mutation.entityId);
    const dismiss = make("button", { type: "button", textContent: "Dismiss", className: "small" });
    dismiss.addEventListener("click", () => {
      box.replaceChildren();
      box.hidden = true;
    });
    const why = name ? `${task?.title ?? "It"} is taken by ${name}` : error.message;
    box.replaceChildren(make("p", { textContent: `Not saved: ${why}` }), dismiss);
    box.hidden = false;
  });
}

export function showBoard(client) {
  const cards = new Map();
  const cardOf = (id) => {
    if (!cards.has(id)) cards.set(id, createCard(client, id));
    return cards.get(id);
  };
  const columns = new Map(COLUMNS.map((column) => [column[0], createColumn(client, column, cardOf)]));
  $("#board").append(...[...columns.values()].map(({ element }) => element));

  const draw = () => {
    const tasks = [...client.tasks.list()].sort(byAge);
    const { activeElement } = document;
    // The column that a card moves to takes it over in the same pass: it is never in two, and never in none.
    for (const [status, { show, count }] of columns) {
      const mine = tasks.filter((task) => columnOf(task) === status);
      show(mine);
      say(count, String(mine.length));
    }
    for (const id of cards.keys()) if (client.tasks.get(id) === undefined) cards.delete(id);
    // Who moved a card by keyboard goes on from there.
    if (activeElement !== document.activeElement) activeElement?.focus();
    const open = tasks.filter(({ status }) => status !== "completed" && status !== "failed").length;
    say($("#task-count"), tasks.length === 0 ? "" : `${open} open of ${tasks.length}`);
  };

  $("#add").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = $("#add-title");
    const title = field.value.trim();
    if (title === "") return field.focus();
    client.tasks.create({ title });
    field.value = "";
  });
  showRefusals(client);
  client.tasks.subscribe(draw);
  client.sessions.subscribe(draw);
  client.mutations.subscribe(draw);
  draw();
}
