const $ = (selector) => document.querySelector(selector);

function createRow(client, id) {
  const row = document.createElement("li");
  row.className = "task";
  row.dataset.id = id;

  const done = document.createElement("input");
  done.type = "checkbox";
  done.setAttribute("aria-label", "Completed");
  done.addEventListener("change", () => {
    const status = done.checked ? "completed" : "todo";
    client.tasks.update(id, (task) => {
      task.status = status;
    });
  });

  const title = document.createElement("input");
  title.className = "title";
  title.setAttribute("aria-label", "Title");
  title.autocomplete = "off";
  const rename = () => {
    const shown = client.tasks.get(id);
    if (shown === undefined || title.value === shown.title) return;
    client.tasks.update(id, (task) => {
      task.title = title.value;
    });
  };
  title.addEventListener("change", rename);
  title.addEventListener("keydown", (event) => {
    if (event.key === "Enter") title.blur();
    if (event.key === "Escape") {
      title.value = client.tasks.get(id)?.title ?? "";
      title.blur();
    }
  });
  title.addEventListener("blur", () => {
    title.value = client.tasks.get(id)?.title ?? title.value;
  });

  const mark = document.createElement("span");
  mark.className = "mark";

  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "remove";
  remove.textContent = "×";
  remove.setAttribute("aria-label", "Remove task");
  remove.addEventListener("click", () => client.tasks.remove(id));

  row.append(done, title, mark, remove);
  return { row, done, title, mark };
}

export function showTasks(client) {
  const list = $("#tasks");
  const rows = new Map();
  const refusal = $("#refusal");
  let clearRefusal;

  const draw = () => {
    const tasks = [...client.tasks.list()].sort(
      (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
    );
    const pending = new Set(client.mutations.getSnapshot().pending.map((mutation) => mutation.entityId));
    const shown = new Set(tasks.map((task) => task.id));
    for (const [id, { row }] of rows) {
      if (shown.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    tasks.forEach((task, index) => {
      let parts = rows.get(task.id);
      if (parts === undefined) {
        parts = createRow(client, task.id);
        rows.set(task.id, parts);
      }
      const { row, done, title, mark } = parts;
      // What is being typed is the user's; it is taken up when they leave the field.
      if (document.activeElement !== title && title.value !== task.title) title.value = task.title;
      done.checked = task.status === "completed";
      row.dataset.status = task.status;
      row.dataset.pending = String(pending.has(task.id));
      mark.textContent = pending.has(task.id) ? "pending" : "";
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    const open = tasks.filter((task) => task.status !== "completed").length;
    $("#task-count").textContent = tasks.length === 0 ? "" : `${open} open of ${tasks.length}`;
    $("#no-tasks").hidden = tasks.length > 0 || client.status.getSnapshot().name !== "live";
  };

  $("#add").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = $("#add-title");
    const title = field.value.trim();
    if (title === "") return field.focus();
    client.tasks.create({ title });
    field.value = "";
  });

  client.mutations.onRejected((_mutation, error) => {
    refusal.textContent = `Not saved: ${error.message}`;
    refusal.hidden = false;
    clearTimeout(clearRefusal);
    clearRefusal = setTimeout(() => {
      refusal.hidden = true;
    }, 8_000);
  });

  client.tasks.subscribe(draw);
  client.mutations.subscribe(draw);
  client.status.subscribe(draw);
  draw();
}
