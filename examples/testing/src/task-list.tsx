import type { Client } from "holdfast";
import { useSyncExternalStore } from "react";

export function TaskList({ client }: { client: Client }) {
  const tasks = useSyncExternalStore(client.tasks.subscribe, client.tasks.getSnapshot);
  return (
    <ul>
      {tasks.map(({ id, title, status }) => (
        <li key={id}>
          {title}
          <button
            type="button"
            disabled={status === "completed"}
            onClick={() =>
              client.tasks.update(id, (task) => {
                task.status = "completed";
              })
            }
          >
            Complete {title}
          </button>
        </li>
      ))}
    </ul>
  );
}
