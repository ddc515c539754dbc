const client = globalThis.Holdfast.createClient({
  url: location.origin,
  projectId: "example",
  persistence: globalThis.Holdfast.indexedDb("script-tag-example"),
});

client.status.subscribe(() => {
  const status = client.status.getSnapshot();
  document.title = status.name === "waiting" ? `waiting: ${status.error?.message}` : status.name;
});

const list = document.querySelector("#tasks");
client.tasks.subscribe(() => {
  list.replaceChildren(
    ...client.tasks.list().map(({ id, title, status }) => {
      const item = document.createElement("li");
      item.textContent = `${status === "completed" ? "✓ " : ""}${title}`;
      item.onclick = () =>
        client.tasks.update(id, (task) => {
          task.status = "completed";
        });
      return item;
    }),
  );
});

document.querySelector("#add").onsubmit = (event) => {
  event.preventDefault();
  const field = document.querySelector("#title");
  client.tasks.create({ title: field.value });
  field.value = "";
};
client.mutations.onRejected((_mutation, error) => alert(error.message));
client.connect();
