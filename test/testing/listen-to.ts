import type { Client } from "../../sdk/interface.ts";

/** The domain events a client can listen to. */
export const CLIENT_LISTENED = [
  ...["project", "session", "task", "team_member"].flatMap((name) =>
    ["created", "updated", "deleted"].map((what) => `${name}:${what}`),
  ),
  ...["team_member:archived", "mail:received", "mail:deleted", "task:session_added", "task:session_removed"],
  ...["session:task_added", "session:task_removed", "session:modal", "session:modal_closed"],
  ...["notify:task_completed", "notify:progress", "notify:needs_input", "notify:session_failed"],
] as const;

/** Everything the listeners of a client hear from now on: names, and what does not vary from server to server. */
export function listenTo(client: Client): unknown[] {
  const heard: unknown[] = [];
  // Names of domain events, each with its own type.
  const on = client.on as unknown as (event: string, listener: (envelope: { data: object }) => void) => void;
  for (const event of CLIENT_LISTENED) {
    on(event, ({ data }) => {
      const { id, title, status, message } = data as Record<string, unknown>;
      heard.push({ event, id, title, status, message });
    });
  }
  client.focus.subscribe(() => heard.push({ focused: client.focus.getSnapshot().focusedSessions }));
  client.bootstrap.subscribe(() => heard.push({ bootstrap: client.bootstrap.getSnapshot() }));
  client.channel("git").subscribe((data) => heard.push({ git: data }));
  return heard;
}
