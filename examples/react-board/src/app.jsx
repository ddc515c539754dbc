import { createClient } from "holdfast";
import { indexedDb } from "holdfast/persistence";
import { useClient, useSnapshot, useWhere } from "holdfast/react";

const COLUMNS = { todo: "To do", in_progress: "In progress", completed: "Done" };

export function App({ url }) {
  const client = useClient(
    () => createClient({ url, projectId: "demo", persistence: indexedDb("react-board") }),
    [url],
  );
  const status = useSnapshot(client.status);
  const { pending } = useSnapshot(client.mutations);
  const add = (form) => client.tasks.create({ title: form.get("title") });
  return (
    <main>
      <p role="status">
        {status.name} {status.error?.message} {pending.length > 0 && `${pending.length} pending`}
      </p>
      <form action={add}>
        <input name="title" aria-label="New task" required />
        <button type="submit">Add</button>
      </form>
      {Object.entries(COLUMNS).map(([name, title]) => (
        <Column key={name} client={client} name={name} title={title} />
      ))}
    </main>
  );
}

function Column({ client, name, title }) {
  const tasks = useWhere(client.tasks, (task) => task.status === name, [name]);
  const finish = (id) =>
    client.tasks.update(id, (task) => {
      task.status = "completed";
    });
  return (
    <section>
      <h2>
        {title} ({tasks.length})
      </h2>
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>
            <button type="button" onClick={() => finish(task.id)}>
              {task.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
